/* Headwater's tag for websites (docs/tag.md), served as it stands.
 * Reads: its script element, calls on `window.hw`, GPC, __tcfapi, __gpp.
 * Writes: POST {host}/v1/batch and /v1/decide; the cookie hw_id; storage keys that begin with hw_.
 * An event is kept until the server has answered for it, and has the same messageId on every try. */
(() => {
  const script = document.currentScript, early = window.hw || [];
  if (!script?.dataset.key || !Array.isArray(early)) return; // no key, or loaded twice
  const { key, requireConsent, cookieDomain, page, decideTimeout } = script.dataset;
  const host = script.dataset.host || new URL(script.src).origin;

  const YEAR = 31536000; // s
  const MOST_EVENTS = 100, MOST_CHARACTERS = 200000; // that wait
  const BATCH_EVENTS = 50, BATCH_CHARACTERS = 50000; // of a request: browsers let 64 KB outlive a page
  const SOON = 1000, LONG = 30000, LEASE = 180000, LONGEST = 3600000; // ms
  const gpc = navigator.globalPrivacyControl === true;
  const locks = navigator.locks; // not on plain http

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

  // What is remembered: under GPC for the session only, without storage for this page only.

  class Memory {
    getItem(name) { return this[name] ?? null; }
    setItem(name, value) { this[name] = value; }
    removeItem(name) { delete this[name]; }
  }
  const storage = (kind) => {
    try { return window[kind].length, window[kind]; } catch { return new Memory(); }
  };
  const lasting = storage('localStorage'), store = gpc ? storage('sessionStorage') : lasting;
  const get = (name) => store.getItem(name);
  const remove = (name) => store.removeItem(name);
  const put = (name, value) => {
    try { store.setItem(name, value); return true; } catch { return false; } // full
  };

  const setCookie = (id, seconds) => {
    document.cookie = `hw_id=${id}; Path=/; Max-Age=${seconds}; SameSite=Lax`
      + (location.protocol === 'https:' ? '; Secure' : '') + (cookieDomain ? `; Domain=${cookieDomain}` : '');
  };
  const saveId = (id) => {
    put('hw_id', `${id} ${Date.now()}`);
    if (!gpc) setCookie(id, YEAR);
    return id;
  };
  const anonymousId = () => {
    const [stored, seen] = (get('hw_id') || '').split(' ');
    const cookie = !gpc && document.cookie.match(/(?:^|; )hw_id=([^;]+)/)?.[1];
    return cookie || Date.now() - seen < YEAR * 1000 && stored || saveId(newId());
  };
  const forget = () => {
    setCookie('', 0);
    remove('hw_id');
    remove('hw_user');
  };

  // Consent. Without the required one nothing is stored or sent: calls wait in the page.

  const consents = () => JSON.parse(lasting.getItem('hw_consent') || '{}');
  const allowed = () => !requireConsent || consents()[requireConsent] === true;
  let held = [];
  const admit = (work) => (allowed() ? work() : held.push(work) > MOST_EVENTS && held.shift());

  const signals = {};
  let tcf, gpp; // the platforms that are listened to
  const hear = () => { // at every event: they may come after the tag
    const { __tcfapi, __gpp } = window, keep = (ping) => { signals.gpp = ping?.gppString || signals.gpp; };
    if (tcf !== __tcfapi) (tcf = __tcfapi)('addEventListener', 2, (data) => { signals.tcf = data?.tcString || signals.tcf; });
    if (gpp !== __gpp) (gpp = __gpp)('ping', keep), gpp('addEventListener', (change) => keep(change?.pingData));
  };
  const consentNow = ({ despiteGpc, ...categoryPreferences }) => ({ categoryPreferences, despiteGpc, ...signals });

  // Events.

  const pageNow = () => ({
    url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: document.referrer,
  });
  const context = () => ({
    page: pageNow(),
    locale: navigator.language,
    screen: { width: screen.width, height: screen.height },
    library: { name: 'hw.js', version: '0.1.0' },
    ...(gpc && { gpc }),
  });
  const tell = (type, told, when = admit) => {
    guarded(hear)();
    const event = { type, messageId: newId(), timestamp: new Date().toISOString(), ...told, context: context() };
    when(() => {
      if (event.userId) put('hw_user', event.userId);
      event.userId ??= get('hw_user');
      event.anonymousId = anonymousId();
      event.context.consent = consentNow(consents());
      add(JSON.stringify(event));
    });
  };

  // The queue: one key an event, so that tabs never overwrite each other's. A tab sends the events of the tabs it owns,
  // itself and those that are gone: it owns a tab while it holds that tab's Web Lock or, without locks, a lease.

  const QUEUE = `hw_q|${key}|`, TAB = `hw_tab|${key}|`, WAIT = `hw_wait|${key}`, DROPPED = `hw_dropped|${key}`;
  const me = newId(), owned = new Map(), sending = new Set();
  let count = 0, failures = 0, timer = 0, offline = false;
  const tabOf = (name) => name.split('|').pop();
  const queue = () => Object.keys(store).filter((name) => name.startsWith(QUEUE)).sort();
  const waiting = () => queue().filter((name) => owned.has(tabOf(name)) && !sending.has(name));
  const drop = (name) => {
    remove(name);
    put(DROPPED, +get(DROPPED) + 1);
  };

  const add = (text) => {
    own(me);
    const name = `${QUEUE}${Date.now()}.${String(count++).padStart(6, '0')}|${me}`;
    while (!put(name, text)) {
      const [oldest = name] = waiting();
      drop(oldest);
      if (oldest === name) return;
    }
    trim();
    if (waiting().length < BATCH_EVENTS) schedule(); else flush();
  };
  const size = (names) => names.reduce((sum, name) => sum + get(name).length, 0);
  const trim = () => {
    for (const names = queue(); names.length > MOST_EVENTS || size(names) > MOST_CHARACTERS;) drop(names.shift());
  };

  const own = (tab) => {
    const lock = TAB + tab;
    if (!locks) {
      if (tab !== me && Date.now() - get(lock) < LEASE) return;
      put(lock, Date.now());
      owned.set(tab, () => remove(lock));
    } else if (!owned.has(tab)) {
      if (tab === me) owned.set(me, () => {}); // at once: it can be nobody else's
      locks.request(lock, () => new Promise((letGo) => { owned.set(tab, letGo); schedule(); })).catch(() => {});
    }
    schedule();
  };
  const adopt = () => new Set(queue().map(tabOf)).forEach(own);
  const letGo = () => {
    owned.forEach((go) => go());
    owned.clear();
  };

  // Sending.

  const pauseLeft = () => {
    const left = get(WAIT) - Date.now();
    return left > 0 && left <= LONGEST ? left : 0; // a clock may have been set back
  };
  const schedule = () => { timer ||= setTimeout(flush, Math.min(Math.max(SOON, pauseLeft()), LONG)); };
  const pause = (answer) => {
    offline = !answer;
    const told = answer?.headers.get('Retry-After'), asked = told * 1000 || Date.parse(told) - Date.now() || 0;
    const growing = Math.min(SOON * 2 ** failures++, 2 * LONG) * (0.75 + Math.random() / 2);
    put(WAIT, Date.now() + Math.min(Math.max(asked, growing), LONGEST));
  };
  const post = (path, message, ms) => {
    const body = JSON.stringify({ writeKey: key, ...message }); // text/plain: no preflight
    const keepalive = new Blob([body]).size < 60000;
    return fetch(host + path, { method: 'POST', body, keepalive, signal: AbortSignal.timeout(ms) });
  };
  const deliver = async (names) => {
    const batch = names.map((name) => JSON.parse(get(name))), dropped = +get(DROPPED);
    if (dropped) batch[0].context.dropped = dropped; // told once
    const answer = await post('/v1/batch', { sentAt: new Date().toISOString(), batch }, LONG);
    const refused = answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status);
    if (!refused && !(answer.ok && (await answer.json()).success)) return pause(answer);
    failures = 0;
    if (dropped && !refused) put(DROPPED, get(DROPPED) - dropped);
    names.forEach(refused ? drop : remove);
  };
  const flush = async (leaving) => {
    if (sending.size && leaving !== true) return; // what is under way schedules the next
    clearTimeout(timer);
    timer = 0;
    if (!locks) owned.forEach((_, tab) => put(TAB + tab, Date.now()));
    if (!waiting().length) return sending.size || letGo();
    if (pauseLeft() || !navigator.onLine) return schedule();
    const names = waiting().slice(0, BATCH_EVENTS);
    while (names.length > 1 && size(names) > BATCH_CHARACTERS) names.pop();
    names.forEach((name) => sending.add(name));
    await deliver(names).catch(() => pause());
    names.forEach((name) => sending.delete(name));
    schedule();
  };

  // Placements. An element keeps its place, unseen, until its content is there or time is up. What was seen stays.

  const seen = (element) => getComputedStyle(element).visibility !== 'hidden';
  const show = (element, variant = 'fallback') => {
    element.dataset.hwShown = variant;
    element.style.visibility = '';
  };
  const watch = (element, properties) => { // half of it in view for a second
    let second;
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(second);
      if (entries.at(-1).intersectionRatio < 0.5) return;
      second = setTimeout(() => {
        observer.disconnect();
        if (document.hidden) observer.observe(element); else api.track('Placement Shown', properties);
      }, 1000);
    }, { threshold: 0.5 });
    observer.observe(element);
  };
  const fill = (element, { variant, content, fallback, decision_id }) => {
    const { html, text } = !fallback && content || {};
    element.style.minHeight = getComputedStyle(element).height; // what is shorter moves nothing
    addEventListener('resize', () => { element.style.minHeight = ''; });
    if (html != null) element.innerHTML = html; else if (text != null) element.textContent = text;
    show(element, variant);
    watch(element, { placement: element.dataset.hwPlacement, variant, decision_id });
  };
  const ask = async (placements) => {
    const asked = { anonymousId: anonymousId(), userId: get('hw_user'), placements, url: location.href };
    return (await (await post('/v1/decide', asked, +decideTimeout || 500)).json()).decisions || {};
  };
  const decide = async (wanted, isLate) => {
    const nameOf = (element) => element.dataset.hwPlacement, names = wanted && [].concat(wanted);
    const elements = [...document.querySelectorAll('[data-hw-placement]:not([data-hw-shown])')].filter((element) => {
      if (names && !names.includes(nameOf(element))) return false;
      if (!allowed() || isLate && seen(element)) return show(element);
      return element.style.visibility = 'hidden';
    });
    const asked = allowed() && (names || [...new Set(elements.map(nameOf))]);
    const decisions = asked.length ? await ask(asked).catch(() => ({})) : {};
    for (const element of elements) {
      const decision = decisions[nameOf(element)];
      if (decision && !seen(element)) guarded(fill)(element, decision);
      if (!element.dataset.hwShown) show(element);
    }
    document.dispatchEvent(new CustomEvent('hw:decided', { detail: { decisions } }));
    return decisions;
  };

  // What pages call. Nothing here throws into the page.

  const guarded = (call) => (...told) => {
    try { return call(...told); } catch (error) { console.warn('hw.js:', error); }
  };
  const split = (name, told) => (Object(name) === name ? [, name] : [name ?? undefined, told]);
  const calls = {
    page(...told) {
      const [name, properties] = split(...told);
      tell('page', { name, properties: { ...pageNow(), ...properties } });
    },
    track(event, properties) { tell('track', { event, properties }); },
    identify(...told) {
      const [userId, traits] = split(...told);
      tell('identify', { userId: String(userId ?? '') || undefined, traits });
    },
    reset() { admit(() => { forget(); anonymousId(); }); },
    consent(told) {
      const before = allowed();
      lasting.setItem('hw_consent', JSON.stringify({ ...consents(), ...told }));
      const after = allowed(), released = held;
      if (before || after) tell('track', { event: 'Consent Updated' }, (work) => work());
      held = [];
      if (after) released.forEach((work) => work()); else forget();
    },
    decide: (wanted) => decide(wanted),
    anonymousId: () => (allowed() ? anonymousId() : null),
    push(...given) { for (const [name, ...told] of given) api[name]?.(...told); },
  };
  const api = Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, guarded(call)]));

  const start = () => {
    window.hw = api;
    if (gpc) {
      setCookie('', 0);
      Object.keys(lasting).forEach((name) => /^hw_[^c]/.test(name) && lasting.removeItem(name));
    }
    if (allowed()) saveId(anonymousId()); // another year
    if (page !== 'manual') api.page();
    api.push(...early);
    adopt();
    const first = () => document.querySelector('[data-hw-placement]')
      && decide(undefined, performance.getEntriesByType('paint').length);
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', first); else first();
    addEventListener('online', () => {
      if (offline) remove(WAIT);
      flush();
    });
    addEventListener('visibilitychange', () => document.hidden && flush(true));
    addEventListener('pagehide', () => flush(true) && !locks && letGo());
  };
  if (document.prerendering) document.addEventListener('prerenderingchange', start, { once: true }); else start();
})();
