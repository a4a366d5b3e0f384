"""Deletion lists of California's DROP (Civil Code § 1798.99.80 ff.): what data brokers download, match, and answer."""
