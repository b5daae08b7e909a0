// SPDX-License-Identifier: Apache-2.0
#include "exploration_script.h"

namespace lamina::app {

const char* exploration_script() {
  return R"js(
'use strict';
const SVG = 'http://www.w3.org/2000/svg';
const PALETTE = ['#2f6db5', '#d97b29', '#4c9f70', '#b8485e', '#8067b0', '#b59a2f', '#3fa3b5',
                 '#8a6d5a', '#d07fae', '#6b7685'];
const byId = id => document.getElementById(id);
const add = (parent, name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  return parent.appendChild(made);
};
const text = (parent, x, y, words, attributes) => {
  add(parent, 'text', Object.assign({x, y}, attributes)).textContent = words;
};
const number = v => {
  if (v === null) return '-';
  if (v === 0) return '0';
  const prefixes = ['p', 'n', 'u', 'm', '', 'k', 'M', 'G', 'T'];
  let at = 4;
  while (Math.abs(v) >= 999.95 && at < 8) { v /= 1000; at++; }
  while (Math.abs(v) < 1 && at > 0) { v *= 1000; at--; }
  return +v.toPrecision(4) + (prefixes[at] ? ' ' + prefixes[at] : '');
};
const amount = (m, v) => {
  const metric = D.metrics[m];
  if (v === null) return '-';
  if (metric.name === 'memory_used') return +(100 * v).toPrecision(3) + ' %';
  if (metric.unit === 'mm2' || metric.unit === '/J') return +v.toPrecision(4) + ' ' + metric.unit;
  const shown = number(v);
  return metric.unit ? shown + (/[a-zA-Z]$/.test(shown) ? '' : ' ') + metric.unit : shown;
};
const percent = e => (e >= 0 ? '+' : '') + (100 * e).toFixed(1) + ' %';
const limits = [...new Set(D.points.map(p => p.b))].sort();
const colour = limit => PALETTE[limits.indexOf(limit) % PALETTE.length];
const known = D.metrics.map((_, m) => m).filter(m => D.points.some(p => p.v[m] !== null));

// Round numbers that cover [low, high].
const ticks = (low, high) => {
  const rough = (high - low) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 2.5, 5, 10].map(f => f * power).find(s => s >= rough);
  const all = [];
  for (let i = Math.floor(low / step); all.length === 0 || all[all.length - 1] < high; i++) {
    all.push(i * step);
  }
  return all;
};

// A design is a dot and a line; whichever is hovered, both light up.
const dots = new Map(), lines = new Map(), tip = byId('tip');
const describe = p => [
  'point ' + p.id + (p.f ? ', on the front' : '') + (p.c ? ', chosen' : ''), '',
  ...D.axes.map((a, i) => a.name + ': ' + a.values[p.d[i]]), '',
  ...known.map(m => D.metrics[m].label + ': ' + amount(m, p.v[m])), '',
  'bound by ' + p.b + ', ' + Math.round(100 * p.s) + ' % of the time',
  p.e === null ? 'no spot check near it'
               : 'closed form ' + percent(p.e) + ' from TLM at the nearest spot check'].join('\n');
const light = (p, on) => {
  const dot = dots.get(p), line = lines.get(p);
  if (dot) dot.classList.toggle('lit', on);
  if (line) line.classList.toggle('lit', on);
};
const hover = (shape, p) => {
  shape.addEventListener('mousemove', event => {
    tip.textContent = describe(p);
    tip.style.display = 'block';
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(0, Math.min(event.pageX + 16, room)) + 'px';
    tip.style.top = event.pageY + 16 + 'px';
    light(p, true);
  });
  shape.addEventListener('mouseleave', () => { tip.style.display = 'none'; light(p, false); });
};

const better = (m, a, b) => D.metrics[m].more ? a > b : a < b;
// Of all that is drawn, what nothing beats in these two alone.
const outline = (points, x, y) => {
  const sorted = points.slice().sort((a, b) =>
      a.v[x] === b.v[x] ? (better(y, a.v[y], b.v[y]) ? -1 : 1) : better(x, a.v[x], b.v[x]) ? -1 : 1);
  const best = [];
  for (const p of sorted) {
    if (best.length === 0 || better(y, p.v[y], best[best.length - 1].v[y])) best.push(p);
  }
  return best;
};

function drawFront(x, y) {
  const svg = byId('front'), L = 84, R = 846, T = 26, B = 402;
  svg.textContent = '';
  dots.clear();
  const points = D.points.filter(p => p.v[x] !== null && p.v[y] !== null);
  const scale = (m, from, to) => {
    const values = points.map(p => p.v[m]);
    let low = Math.min(...values), high = Math.max(...values);
    if (low === high) { low *= 0.9; high = high * 1.1 || 1; }
    const at = ticks(Math.max(low > 0 ? 0 : low, low - (high - low) * 0.05), high);
    const a = at[0], b = at[at.length - 1];
    return {at, place: v => from + (v - a) / (b - a) * (to - from)};
  };
  const X = scale(x, L, R), Y = scale(y, B, T);
  for (const v of Y.at) {
    add(svg, 'line', {x1: L, x2: R, y1: Y.place(v), y2: Y.place(v), class: 'grid'});
    text(svg, L - 8, Y.place(v) + 4, amount(y, v), {'text-anchor': 'end'});
  }
  for (const v of X.at) {
    add(svg, 'line', {x1: X.place(v), x2: X.place(v), y1: T, y2: B, class: 'grid'});
    text(svg, X.place(v), B + 20, amount(x, v), {'text-anchor': v === X.at[X.at.length - 1] ? 'end' : 'middle'});
  }
  text(svg, (L + R) / 2, B + 44, D.metrics[x].label, {'text-anchor': 'middle', class: 'name'});
  text(svg, L, T - 12, D.metrics[y].label, {class: 'name'});
  const rim = outline(points, x, y);
  let path = '';
  rim.forEach((p, i) => {
    const px = X.place(p.v[x]).toFixed(1), py = Y.place(p.v[y]).toFixed(1);
    path += i === 0 ? 'M' + px + ' ' + py
                    : 'L' + px + ' ' + Y.place(rim[i - 1].v[y]).toFixed(1) + 'L' + px + ' ' + py;
  });
  add(svg, 'path', {d: path, class: 'rim'});
  for (const p of points.slice().sort((a, b) => a.f - b.f || a.c - b.c)) {
    const dot = add(svg, 'circle', {cx: X.place(p.v[x]).toFixed(1), cy: Y.place(p.v[y]).toFixed(1),
      r: p.f ? 5.5 : 3, fill: colour(p.b), class: p.c ? 'chosen' : p.f ? 'best' : 'other'});
    dots.set(p, dot);
    hover(dot, p);
  }
}

function drawParallel() {
  const svg = byId('parallel'), B = 350, W = 860;
  const columns = D.axes.map((a, i) => ({
    name: a.name.split('.').slice(-2).join('.').replace(/^(\d+)\./, (_, n) => 'level ' + n + ' '),
    full: a.name, place: p => a.values.length > 1 ? p.d[i] / (a.values.length - 1) : 0.5,
    ends: [a.values[0], a.values[a.values.length - 1]]}))
    .concat(D.objectives.map(m => {
      const values = D.points.map(p => p.v[m]), low = Math.min(...values), high = Math.max(...values);
      return {name: D.metrics[m].label, full: D.metrics[m].label,
        place: p => high > low ? (p.v[m] - low) / (high - low) : 0.5,
        ends: [amount(m, low), amount(m, high)]};
    }));
  const rows = columns.length > 8 ? 3 : 2, T = 28 + 18 * rows;  // names stand in turns
  const X = i => 56 + i * (W - 112) / Math.max(1, columns.length - 1);
  const path = p => 'M' + columns.map((c, i) =>
      X(i).toFixed(1) + ' ' + (B - c.place(p) * (B - T)).toFixed(1)).join('L');
  const others = D.points.filter(p => !p.f), every = Math.ceil(others.length / 600);
  others.filter((_, i) => i % every === 0).forEach(p => {
    lines.set(p, add(svg, 'path', {d: path(p), class: 'line other'}));
  });
  D.points.filter(p => p.f).sort((a, b) => a.c - b.c).forEach(p => {
    lines.set(p, add(svg, 'path', {d: path(p), stroke: colour(p.b),
                                   class: p.c ? 'line chosen' : 'line best'}));
  });
  for (const [p, line] of lines) hover(line, p);
  const width = (W - 112) / Math.max(1, columns.length - 1) / 6.2;
  const cut = (words, most) => words.length > most ? words.slice(0, Math.max(3, most - 1)) + '…' : words;
  columns.forEach((c, i) => {
    add(svg, 'line', {x1: X(i), x2: X(i), y1: T, y2: B, class: 'axis'});
    const middle = {'text-anchor': 'middle'};
    const side = i === 0 ? -50 : i === columns.length - 1 ? 50 : 0;
    text(svg, X(i) + side, 16 + 18 * (rows - 1 - i % rows), cut(c.name, 0.85 * rows * width),
         {class: 'name', 'text-anchor': side < 0 ? 'start' : side > 0 ? 'end' : 'middle'});
    add(svg.lastChild, 'title', {}).textContent = c.full;
    text(svg, X(i), B + 18, cut(String(c.ends[0]), width), middle);
    text(svg, X(i), T - 8, cut(String(c.ends[1]), width), middle);
  });
}

function drawErrors() {
  const svg = byId('errors'), checks = D.checks.filter(c => c.e !== null);
  if (!svg || checks.length === 0) return;
  const regimes = [...new Set(checks.map(c => c.b))].sort(), row = 30, L = 150, R = 830, T = 10;
  const B = T + row * regimes.length;
  svg.setAttribute('viewBox', '0 0 860 ' + (B + 44));
  const widest = Math.max(0.01, ...checks.map(c => Math.abs(c.e)));
  const at = ticks(-widest, widest), X = v => L + (v - at[0]) / (at[at.length - 1] - at[0]) * (R - L);
  for (const v of at) {
    add(svg, 'line', {x1: X(v), x2: X(v), y1: T, y2: B, class: Math.abs(v) < 1e-12 ? 'axis' : 'grid'});
    text(svg, X(v), B + 18, Math.abs(v) < 1e-12 ? '0' : percent(v), {'text-anchor': 'middle'});
  }
  text(svg, (L + R) / 2, B + 38, 'closed form from TLM', {'text-anchor': 'middle', class: 'name'});
  regimes.forEach((regime, i) => {
    const y = T + row * (i + 0.5);
    text(svg, L - 12, y + 4, regime, {'text-anchor': 'end'});
    checks.filter(c => c.b === regime).forEach((c, n) => {
      const p = D.points.find(each => each.id === c.id);
      const dot = add(svg, 'circle', {cx: X(c.e), cy: y + (n % 3 - 1) * 6, r: 5, fill: colour(regime),
                                      class: 'best'});
      if (p) hover(dot, p);
    });
  });
}

(function() {
  const O = D.objectives, first = O[0], second = O.length > 1 ? O[1] : known.find(m => m !== O[0]);
  const choice = (id, chosen) => {
    const list = byId(id);
    for (const m of known) list.add(new Option(D.metrics[m].label, m, m === chosen, m === chosen));
    list.addEventListener('change', () => drawFront(+byId('across').value, +byId('up').value));
  };
  choice('across', first);
  choice('up', second);
  drawFront(first, second);
  for (const limit of limits) {
    const item = document.createElement('span'), box = document.createElement('i');
    box.style.background = colour(limit);
    item.append(box, limit);
    byId('key').append(item, ' ');
  }
  drawParallel();
  drawErrors();
})();
)js";
}

}  // namespace lamina::app
