'use strict';
// The console: a reader of the API with a few buttons. No state of its own but the address after '#'.

const main = document.getElementById('main');
const states = ['running', 'waiting', 'completed', 'rejected', 'cancelled', 'failed', 'held'];
const refresh_ms = 3000;
let shown = 0;      // counts pages shown, so that an answer for one left behind is dropped
let filters = {};

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick' || key === 'onsubmit') node[key] = value;
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  for (const child of children.flat()) node.append(child === null || child === undefined ? '' : child);
  return node;
}

function table(columns, rows) {
  if (rows.length === 0) return element('p', {}, 'None.');
  return element('table', {},
    element('thead', {}, element('tr', {}, columns.map(c => element('th', {scope: 'col'}, c)))),
    element('tbody', {}, rows.map(cells => element('tr', {}, cells.map(c => element('td', {}, c))))));
}

const word = state => element('span', {class: state || ''}, state || '');
const link = (hash, text) => element('a', {href: hash, class: 'id'}, text);
const time = text => text ? element('time', {datetime: text}, new Date(text).toLocaleString()) : '';
const path = (...parts) => '/v1/' + parts.map(encodeURIComponent).join('/');

function notice(text) {
  const box = document.getElementById('notice');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { box.hidden = true; }, 6000);
}

async function ask(url, method = 'GET') {
  const reply = await fetch(url, {method, headers: {accept: 'application/json'}});
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(`${body.code || reply.status}: ${body.detail || reply.statusText}`);
  return body;
}

function button(text, url) {
  return element('button', {type: 'button', onclick: async () => {
    try { await ask(url, 'POST'); notice(text + ': done'); show(); } catch (error) { notice(error.message); }
  }}, text);
}

function choice(name, value, options) {
  const select = element('select', {name}, element('option', {value: ''}, 'any'),
    options.map(o => element('option', o === value ? {value: o, selected: ''} : {value: o}, o)));
  return element('label', {}, name, select);
}

function filter_form(flows) {
  const text = name => element('label', {}, name, element('input', {name, value: filters[name] || '', size: 16}));
  return element('form', {onsubmit: event => {
    event.preventDefault();
    filters = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim() !== ''));
    show();
  }}, choice('flow', filters.flow, flows), choice('state', filters.state, states), text('key'), text('msisdn'),
  element('button', {}, 'Show'));
}

const pages = {
  async instances() {
    const query = new URLSearchParams(filters).toString().replaceAll('+', '%20');
    const [list, flows] = await Promise.all([ask('/v1/instances?' + query), ask('/v1/flows')]);
    const rest = list.next && element('button', {type: 'button', onclick: () => { filters.after = list.next; show(); }}, 'Older');
    const first = filters.after && element('button', {type: 'button', onclick: () => { delete filters.after; show(); }}, 'Newest');
    return [element('h2', {}, 'Instances'), filter_form(flows.items.map(f => f.flow || f.id || f.name || f)),
      table(['Id', 'Flow', 'Key', 'State', 'Phase', 'Step', 'Updated'], list.items.map(i => [
        link('#instances/' + i.id, i.id), i.flow, i.key, word(i.state), i.phase,
        i.waiting_for ? 'waits for ' + i.waiting_for : i.step, time(i.updated_at)])),
      first || '', rest || ''];
  },

  async instance(id) {
    const i = await ask(path('instances', id));
    const end = i.rejection || i.failure;
    return [element('h2', {}, i.flow + ' ', element('span', {class: 'id'}, i.id)),
      element('p', {}, word(i.state), i.phase ? ' in ' + i.phase : '', i.waiting_for ? ', waits for ' + i.waiting_for : '',
        end ? ` — ${end.code} at ${end.step}: ${end.text}` : ''),
      element('p', {}, button('Cancel', path('instances', id, 'cancel')), ' ', button('Retry', path('instances', id, 'retry'))),
      i.result ? element('pre', {}, JSON.stringify(i.result, null, 1)) : '',
      i.offers ? element('pre', {}, JSON.stringify(i.offers, null, 1)) : '',
      table(['Step', '', 'Phase', 'State', 'Attempt', 'At', 'Took'], (i.history || []).map(h => [
        element('code', {}, h.step), h.name, h.phase, word(h.state), h.attempt, time(h.at),
        h.took_us === undefined ? '' : (h.took_us / 1000).toFixed(1) + ' ms']))];
  },

  async flows() {
    const list = await ask('/v1/flows');
    return [element('h2', {}, 'Flows'), table(['Flow', 'Name', 'Version'], list.items.map(f =>
      [link('#flows/' + encodeURIComponent(f.flow || f.id), f.flow || f.id), f.name, f.version]))];
  },

  async flow(name) {
    const f = await ask(path('flows', name));
    return [element('h2', {}, `${f.name || ''} ${name}`),
      element('img', {class: 'graph', alt: 'graph of ' + name, src: path('flows', name) + '/graph.svg'})];
  },

  async plugins() {
    const list = await ask('/v1/plugins');
    return [element('h2', {}, 'Plugins'), table(['Plugin', 'Version', 'State', 'Calls', 'Failures', ''], list.items.map(p =>
      [element('code', {}, p.id || p.plugin), p.version, word(p.state), p.calls, p.failures,
        p.quarantine || p.state === 'quarantined' ? button('Release', path('plugins', p.id || p.plugin, 'release'))
          : button('Reload', path('plugins', p.id || p.plugin, 'reload'))]))];
  },

  async 'dead-letters'() {
    const list = await ask('/v1/dead-letters');
    return [element('h2', {}, 'Dead letters'), table(['Id', 'Kind', 'Instance', 'Step or event', 'Why', 'Since', ''],
      list.items.map(d => [link('#dead-letters/' + d.id, d.id), d.kind, d.instance ? link('#instances/' + d.instance, d.instance) : '',
        d.step || d.name, `${d.code} ${d.text}`, time(d.created_at), button('Replay', path('dead-letters', d.id, 'replay'))]))];
  },

  async 'dead-letter'(id) {
    const d = await ask(path('dead-letters', id));
    return [element('h2', {}, 'Dead letter ', element('span', {class: 'id'}, id)),
      element('p', {}, button('Replay', path('dead-letters', id, 'replay'))), element('pre', {}, JSON.stringify(d, null, 1))];
  },
};

async function show() {
  const turn = ++shown;
  const [section, id] = (location.hash.slice(1) || 'instances').split('/').map(decodeURIComponent);
  for (const each of document.querySelectorAll('nav a')) {
    each.hash === '#' + section ? each.setAttribute('aria-current', 'page') : each.removeAttribute('aria-current');
  }
  const page = pages[id ? section.replace(/s$/, '') : section] || pages.instances;
  try {
    const content = await page(id);
    if (turn === shown) main.replaceChildren(...content);
  } catch (error) {
    if (turn === shown) main.replaceChildren(element('p', {}, error.message));
  }
}

async function health() {
  const box = document.getElementById('health');
  try {
    const reply = await fetch('/readyz');
    box.textContent = reply.ok ? 'ready' : 'starting';
    box.className = reply.ok ? 'ready' : 'waiting';
  } catch {
    box.textContent = 'no answer';
    box.className = 'failed';
  }
}

addEventListener('hashchange', show);
setInterval(() => {
  health();
  const busy = document.hidden || main.contains(document.activeElement);
  if (!busy && !location.hash.startsWith('#flows/')) show();
}, refresh_ms);
health();
show();
