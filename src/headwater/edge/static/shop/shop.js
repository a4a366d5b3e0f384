/* The demonstration shop: a few products, a basket, sign-in and a consent banner, in one page with routes in the hash.
 * Tells the tag (`hw`) what happens, in the usual names of e-commerce events; shows what GET /shop/profile answers.
 * Keeps basket, e-mail and consent choices in localStorage. Nothing is sold. */

const PRODUCTS = [
  { id: 'sencha', name: 'Sencha', category: 'tea', price: 9.5, colour: '#8fae5d', text: 'Steamed green tea from Shizuoka: grassy, bright, a little sweet.' },
  { id: 'assam', name: 'Assam', category: 'tea', price: 7.9, colour: '#a0522d', text: 'Strong black tea with malt and honey. Takes milk well.' },
  { id: 'chamomile', name: 'Chamomile', category: 'tea', price: 5.4, colour: '#e0b94f', text: 'Whole flowers for the evening. No caffeine.' },
  { id: 'yirgacheffe', name: 'Yirgacheffe', category: 'coffee', price: 14.9, colour: '#b5651d', text: 'Washed Ethiopian coffee: jasmine, lemon, black tea.' },
  { id: 'espresso', name: 'House espresso', category: 'coffee', price: 12.5, colour: '#5b3a29', text: 'Chocolate and hazelnut, roasted for a short, dark cup.' },
  { id: 'decaf', name: 'Decaf', category: 'coffee', price: 13.5, colour: '#8b6f5c', text: 'Colombian beans, decaffeinated with water. Caramel and plum.' },
  { id: 'teapot', name: 'Teapot', category: 'things', price: 39, colour: '#4f7f8c', text: 'Stoneware, seven decilitres, with a strainer that fits.' },
  { id: 'grinder', name: 'Hand grinder', category: 'things', price: 59, colour: '#6b6e70', text: 'Steel burrs, thirty clear steps, a cup of coffee in a minute.' },
];
const TITLES = { tea: 'Tea', coffee: 'Coffee', things: 'Things' };
const CURRENCY = 'EUR';
const EVERY_MS = 1500; // the profile is asked for

const money = (amount) => new Intl.NumberFormat('en', { style: 'currency', currency: CURRENCY }).format(amount);
const find = (id) => PRODUCTS.find((product) => product.id === id);
const read = (name, otherwise) => JSON.parse(localStorage.getItem(name)) ?? otherwise;
const write = (name, value) => localStorage.setItem(name, JSON.stringify(value));
const byId = (id) => document.getElementById(id);
const tell = (...call) => hw.push(call); // works before the tag has loaded and after

/** An element: its attributes (functions become listeners), then what is in it. */
const h = (name, attributes = {}, ...content) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value); else element.setAttribute(key, value);
  }
  element.append(...content);
  return element;
};

// The basket: product id to quantity.

const basket = () => read('shop_basket', {});
const lines = () => Object.entries(basket()).map(([id, quantity]) => ({ ...find(id), quantity }));
const total = () => lines().reduce((sum, line) => sum + line.price * line.quantity, 0);
const facts = ({ id, name, category, price, quantity }) => ({ product_id: id, name, category, price, quantity, currency: CURRENCY });

const change = (product, by) => {
  const quantity = Math.max(0, (basket()[product.id] ?? 0) + by);
  const { [product.id]: _, ...others } = basket();
  write('shop_basket', quantity ? { ...others, [product.id]: quantity } : others);
  tell('track', by > 0 ? 'Product Added' : 'Product Removed', facts({ ...product, quantity: Math.abs(by) }));
  header();
};

// What is shown.

const tin = (product) => {
  const drawn = h('span', { class: 'tin', 'aria-hidden': 'true' });
  drawn.style.setProperty('--colour', product.colour);
  return drawn;
};
const card = (product) => h('li', {},
  h('a', { href: `#/product/${product.id}`, class: 'card' }, tin(product), h('b', {}, product.name), h('span', {}, money(product.price))));
const shelf = (products) => h('ul', { class: 'shelf' }, ...products.map(card));

const home = () => [
  h('div', { class: 'hero', 'data-hw-placement': 'hero' },
    h('h1', {}, 'Tea and coffee, roasted and picked with care'), h('p', {}, 'Look around. Nothing here is really sold.')),
  h('p', { class: 'tip', 'data-hw-placement': 'tip' }, 'Open from eight to eight.'),
  shelf(PRODUCTS),
];
const category = (name) => [h('h1', {}, TITLES[name]), shelf(PRODUCTS.filter((product) => product.category === name))];

const detail = (product) => {
  tell('track', 'Product Viewed', facts(product));
  const said = h('p', { role: 'status' });
  const add = () => { change(product, 1); said.textContent = `${product.name} is in the basket.`; };
  return [h('article', { class: 'product' }, tin(product), h('div', {},
    h('h1', {}, product.name), h('p', {}, product.text), h('p', { class: 'price' }, money(product.price)),
    h('button', { type: 'button', click: add }, 'Put into the basket'), said))];
};

const basketLine = (line) => {
  const step = (by, label, sign) => h('button', {
    type: 'button', class: 'quiet', 'aria-label': `${label} ${line.name}`, click() { change(line, by); draw(); },
  }, sign);
  return h('tr', {}, h('th', { scope: 'row' }, line.name), h('td', {}, step(-1, 'One less', '−'), ` ${line.quantity} `, step(1, 'One more', '+')),
    h('td', { class: 'price' }, money(line.price * line.quantity)));
};
const basketPage = () => (lines().length
  ? [h('h1', {}, 'Basket'), h('table', {}, ...lines().map(basketLine)), h('p', { class: 'price' }, `Together ${money(total())}`),
    h('a', { href: '#/checkout', class: 'button' }, 'To the checkout')]
  : [h('h1', {}, 'Basket'), h('p', {}, 'There is nothing in it yet.')]);

const email = () => h('label', {}, 'E-mail ', h('input', { type: 'email', name: 'email', autocomplete: 'email', required: '', value: read('shop_email', '') }));
const form = (submit, ...content) => h('form', {
  submit(event) {
    event.preventDefault();
    submit(new FormData(event.target));
  },
}, ...content);
const signIn = (address) => {
  if (read('shop_email') === address) return;
  write('shop_email', address);
  tell('identify', { email: address });
  tell('track', 'Signed In');
};

const order = (given) => {
  signIn(given.get('email'));
  const products = lines().map(facts), revenue = Math.round(total() * 100) / 100;
  tell('track', 'Order Completed', { order_id: crypto.getRandomValues(new Uint32Array(1))[0].toString(36), revenue, currency: CURRENCY, products });
  write('shop_basket', {});
  location.hash = '#/thanks';
};
const checkout = () => {
  if (!lines().length) return basketPage();
  tell('track', 'Checkout Started', { value: total(), currency: CURRENCY, products: lines().map(facts) });
  return [h('h1', {}, 'Checkout'), form(order, h('p', {}, `Together ${money(total())}`), email(), h('button', {}, 'Order'))];
};
const thanks = () => [h('h1', {}, 'Thank you'), h('p', {}, 'Your order is only in this demonstration.'), h('a', { href: '#/' }, 'Look around more')];

const account = () => {
  const known = read('shop_email');
  if (!known) {
    return [h('h1', {}, 'Sign in'), form((given) => { signIn(given.get('email')); location.hash = '#/'; }, email(), h('button', {}, 'Sign in'))];
  }
  const signOut = () => {
    localStorage.removeItem('shop_email');
    tell('track', 'Signed Out');
    tell('reset');
    location.hash = '#/';
  };
  return [h('h1', {}, 'Your account'), h('p', {}, `You are signed in as ${known}.`), h('button', { type: 'button', click: signOut }, 'Sign out')];
};

// Routes.

const pageOf = (path) => {
  const [, first = '', second] = path.split('/');
  if (first === 'product' && find(second)) return [find(second).name, () => detail(find(second))];
  if (first in TITLES) return [TITLES[first], () => category(first)];
  const named = { basket: basketPage, checkout, thanks, account }[first];
  return named ? [first[0].toUpperCase() + first.slice(1), named] : ['Home', home];
};
const header = () => {
  byId('count').textContent = lines().reduce((sum, line) => sum + line.quantity, 0);
  byId('account').textContent = read('shop_email') ? 'Account' : 'Sign in';
};
const draw = () => {
  const [, content] = pageOf(location.hash.slice(1));
  byId('main').replaceChildren(...content());
  header();
};
const go = (event) => {
  if (location.hash && !location.hash.startsWith('#/')) return; // a link within the page
  const [name] = pageOf(location.hash.slice(1));
  document.title = `${name} · Leaf & Bean`;
  tell('page', name);
  draw();
  tell('decide');
  if (event) {
    byId('main').focus({ preventScroll: true });
    scrollTo(0, 0);
  }
};

// Consent.

const banner = byId('consent');
const ask = () => {
  for (const box of banner.querySelectorAll('input')) box.checked = read('shop_consent', {})[box.name] ?? false;
  banner.hidden = false;
};
banner.addEventListener('submit', (event) => {
  event.preventDefault();
  const answer = event.submitter.value, boxes = [...banner.querySelectorAll('input')];
  const choices = Object.fromEntries(boxes.map((box) => [box.name, answer === 'all' || (answer === 'chosen' && box.checked)]));
  write('shop_consent', choices);
  tell('consent', choices);
  banner.hidden = true;
  draw(); // what is personal may be shown now
  tell('decide');
});
byId('choose').addEventListener('click', ask);

// What Headwater knows: GET /shop/profile?anonymous_id=… answers {identifiers, traits, audiences: [name], events: [{name, occurred_at}]}.

const shown = (value) => (Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value));
const pairs = (told) => h('dl', {}, ...Object.entries(told).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, shown(value))]));
const when = (event) => (event.occurred_at ? new Date(event.occurred_at).toLocaleTimeString() : '');
const part = (title, id, isEmpty, content) => h('section', { id }, h('h3', {}, title), isEmpty ? h('p', { class: 'hint' }, 'nothing yet') : content);

const known = ({ identifiers = {}, traits = {}, audiences = [], events = [] }) => [
  part('Audiences', 'audiences', !audiences.length, h('ul', { class: 'chips' }, ...audiences.map((name) => h('li', {}, name)))),
  part('Traits', 'traits', !Object.keys(traits).length, pairs(traits)),
  part('Identifiers', 'identifiers', !Object.keys(identifiers).length, pairs(identifiers)),
  part('Events', 'events', !events.length,
    h('ol', {}, ...events.map((event) => h('li', {}, h('time', {}, when(event)), ' ', event.name)))),
];
let last = '';
const look = async () => {
  const id = Array.isArray(hw) ? null : hw.anonymousId();
  const answer = id && !document.hidden && await fetch(`profile?anonymous_id=${encodeURIComponent(id)}`).catch(() => null);
  const told = answer?.ok ? await answer.text() : id ? last || '{}' : 'null';
  if (told !== last) {
    last = told;
    byId('known').replaceChildren(...(told === 'null' ? [h('p', {}, 'Nothing: you have not agreed to it.')] : known(JSON.parse(told))));
  }
  setTimeout(look, EVERY_MS);
};

addEventListener('hashchange', go);
go();
if (!read('shop_consent')) ask();
look();
