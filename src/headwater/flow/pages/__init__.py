"""The generated pages of docs/, one module a kind of page. `flow.document` puts them together and writes them."""
