"use strict";
// Draws the map from the data beside it: filter, zoom, hover, keys.
(() => {
  for (const [event, open] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(event, () => {
      for (const part of document.querySelectorAll("details")) {
        if (open) { part.dataset.was = part.open; part.open = true; } else part.open = part.dataset.was === "true";
      }
    });
  }
  const source = document.getElementById("map-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const find = (id) => document.getElementById(id);
  const map = find("map"), tip = find("tip"), stage = map.parentElement;
  const whole = { x: 0, y: 0, w: map.viewBox.baseVal.width, h: map.viewBox.baseVal.height };
  const MOST_LINES = 60, CLOSEST = 24, STEP = 1.5, WIDEST_PX = 9;
  const language = document.documentElement.lang, chinese = language.startsWith("zh");
  const comma = chinese ? "，" : ", ";
  let view = { ...whole }, pinned = -1, chosen = -1, slot = 0;

  const say = (key, places = {}) =>
    data.words[key].replace(/\{(\w+)\}/g, (all, name) => (name in places ? places[name] : all));
  const amount = (value) => {
    if (!value) return "0";
    const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
    return value.toLocaleString(language, { maximumFractionDigits: Math.min(digits, 4) });
  };
  const draw = (name, parent, attributes = {}) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return parent.appendChild(made);
  };
  const sideClass = (hub) => (["west", "east", "central"].includes(hub.side) ? hub.side : "no-side");

  // Largest circles first, so that small ones lie above and are reached last.
  const yearly = data.hubs.map(() => 0);
  for (const [, hub, , mw] of data.flows) yearly[hub] += mw;
  const order = data.hubs.map((_, at) => at).sort((a, b) => yearly[b] - yearly[a]);

  const flows = data.pairs.map(([origin, x, y, at, trip]) => {
    const hub = data.hubs[at], dx = hub.x - x, dy = hub.y - y;
    const bent = [(x + hub.x) / 2 + data.bend * dy, (y + hub.y) / 2 - data.bend * dx];
    const d = `M${x} ${y}Q${bent[0]} ${bent[1]} ${hub.x} ${hub.y}`;
    const group = draw("g", find("flows"), { class: `flow ${sideClass(hub)}` });
    const line = draw("path", group, { class: "line", d });
    draw("path", group, { class: "hit", d });
    return { group, line, origin, hub: at, trip, mw: 0, parts: [] };
  });
  const hubs = data.hubs.map((hub) => ({ ...hub, mw: 0, parts: [] }));
  for (const at of order) {
    const hub = hubs[at];
    hub.group = draw("g", find("hubs"), { class: `hub ${sideClass(hub)}`, tabindex: -1, role: "button", "aria-pressed": "false" });
    hub.circle = draw("circle", hub.group, { cx: hub.x, cy: hub.y });
    hub.text = draw("text", find("labels"));
    hub.text.textContent = hub.label;
  }
  if (order.length) hubs[order[0]].group.setAttribute("tabindex", 0);

  function count() {
    for (const one of [...flows, ...hubs]) { one.mw = 0; one.parts = data.classes.map(() => 0); }
    for (const [pair, at, kind, mean, shape] of data.flows) {
      if (chosen >= 0 && kind !== chosen) continue;
      const mw = slot ? mean * data.shapes[shape][slot - 1] : mean;
      for (const one of pair < 0 ? [hubs[at]] : [hubs[at], flows[pair]]) { one.mw += mw; one.parts[kind] += mw; }
    }
  }

  // Sizes follow the mean of the year, so that periods can be told apart.
  function scales() {
    const hub = hubs.map(() => 0), flow = flows.map(() => 0);
    for (const [pair, at, kind, mean] of data.flows) {
      if (chosen >= 0 && kind !== chosen) continue;
      hub[at] += mean;
      if (pair >= 0) flow[pair] += mean;
    }
    return { hub: Math.max(...hub, 1e-9), flow: Math.max(...flow, 1e-9) };
  }

  function update() {
    count();
    const scale = scales();
    largestHub = scale.hub;
    const total = hubs.reduce((sum, hub) => sum + hub.mw, 0);
    const seen = flows.filter((one) => one.mw > 0 && (pinned < 0 || one.hub === pinned))
      .sort((a, b) => b.mw - a.mw).slice(0, pinned < 0 ? MOST_LINES : flows.length);
    for (const one of flows) one.group.setAttribute("hidden", "");
    const px = WIDEST_PX * Math.min(1, map.clientWidth / 700);
    for (const one of seen) {
      one.group.removeAttribute("hidden");
      one.line.setAttribute("stroke-width", Math.max(0.7, px * one.mw / scale.flow));
    }
    for (const hub of hubs) {
      hub.size = Math.sqrt(hub.mw / scale.hub);
      hub.group.classList.toggle("empty", !hub.mw);
      hub.group.setAttribute("aria-label", `${hub.name}: ${amount(hub.mw)} MW`);
    }
    const what = [chosen < 0 ? say("all") : data.classes[chosen], slot ? data.slots[slot - 1] : say("year")].join(comma);
    const west = hubs.reduce((sum, hub) => sum + (hub.side === "west" ? hub.mw : 0), 0);
    const told = [say("shown", { what, mw: amount(total) })];
    if (west > 0) told.push(say("west", { share: (100 * west / total).toLocaleString(language, { maximumFractionDigits: 0 }) }));
    if (pinned >= 0) told.push(say("only", { hub: hubs[pinned].name }));
    find("shown").textContent = told.join(chinese ? "；" : "; ").replaceAll(" %", "\u00a0%");
    const moved = flows.reduce((sum, one) => sum + one.mw, 0);
    find("lines").textContent = moved
      ? say("lines", { drawn: amount(seen.reduce((sum, one) => sum + one.mw, 0)), total: amount(moved), most: amount(seen.length ? seen[0].mw : 0) })
      : say("stays");
    if (find("slot")) {
      const name = slot ? data.slots[slot - 1] : say("year");
      find("slot-name").textContent = name;
      find("slot").setAttribute("aria-valuetext", name);
    }
    place();
  }

  // Circles and letters keep their size on the screen, whatever the zoom.
  function place() {
    view.w = Math.min(whole.w, Math.max(whole.w / CLOSEST, view.w));
    view.h = view.w * whole.h / whole.w;
    view.x = Math.min(whole.w - view.w, Math.max(0, view.x));
    view.y = Math.min(whole.h - view.h, Math.max(0, view.y));
    map.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    map.classList.toggle("moved", view.w < whole.w);
    const px = view.w / (map.clientWidth || whole.w);
    const largest = Math.min(24, Math.max(11, map.clientWidth / 42));
    const letter = map.clientWidth < 500 ? 11 : 13;
    const taken = [];
    sizes(largest);
    for (const hub of hubs) {
      hub.r = (hub.mw > 0 ? Math.max(2, largest * hub.size) : 2.5) * px;
      hub.circle.setAttribute("r", hub.r);
    }
    for (const at of order) {
      const hub = hubs[at];
      hub.text.setAttribute("font-size", letter * px);
      hub.text.setAttribute("hidden", "");
      // Small sites of their own have names when one comes closer.
      const small = hub.home && hub.size < 0.32 && view.w > whole.w / 2;
      if (pinned !== at && (!hub.mw || small)) continue;
      hub.text.removeAttribute("hidden");
      const wide = hub.text.getComputedTextLength(), high = letter * 1.15 * px, gap = 3 * px;
      const spots = [
        [hub.x + hub.r + gap, hub.y + high / 3], [hub.x - hub.r - gap - wide, hub.y + high / 3],
        [hub.x - wide / 2, hub.y - hub.r - gap], [hub.x - wide / 2, hub.y + hub.r + high],
      ];
      const boxes = spots.map(([x, y]) => [x, y - high * 0.8, x + wide, y + high * 0.2]);
      const free = boxes.findIndex((box) => inside(box) && !taken.some((other) => meets(box, other))
        && !hubs.some((other) => other !== hub && other.mw > 0 && meets(box, round(other))));
      if (free < 0) { hub.text.setAttribute("hidden", ""); continue; }
      taken.push(boxes[free]);
      hub.text.setAttribute("x", spots[free][0]);
      hub.text.setAttribute("y", spots[free][1]);
    }
  }
  let largestHub = 1;
  // Circles of two round numbers, as large as on the map.
  function sizes(largest) {
    const most = largestHub, power = 10 ** Math.floor(Math.log10(most));
    const top = Math.max(...[1, 2, 5].map((step) => step * power).filter((mw) => mw <= most), power);
    for (const [number, key] of document.querySelectorAll(".sizes").entries()) {
      const mw = number ? top / 5 : top, r = Math.max(2, largest * Math.sqrt(mw / most)), wide = 2 * r + 2;
      const [drawn, text] = key.children;
      for (const side of ["width", "height"]) drawn.setAttribute(side, wide);
      for (const [name, value] of [["cx", r + 1], ["cy", r + 1], ["r", r]]) drawn.firstChild.setAttribute(name, value);
      text.textContent = `${amount(mw)} MW`;
    }
  }
  const round = (hub) => [hub.x - hub.r * 0.8, hub.y - hub.r * 0.8, hub.x + hub.r * 0.8, hub.y + hub.r * 0.8];
  const meets = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const inside = (b) => b[0] >= view.x && b[2] <= view.x + view.w && b[1] >= view.y && b[3] <= view.y + view.h;

  function zoom(factor, x = view.x + view.w / 2, y = view.y + view.h / 2) {
    const before = view.w;
    view.w = Math.min(whole.w, Math.max(whole.w / CLOSEST, view.w / factor));
    const left = view.w / before;
    view.x = x - (x - view.x) * left;
    view.y = y - (y - view.y) * left;
    place();
  }
  function at(event) {
    const box = map.getBoundingClientRect();
    return [view.x + (event.clientX - box.left) / box.width * view.w, view.y + (event.clientY - box.top) / box.height * view.h];
  }

  function tell(title, lines, x, y) {
    tip.replaceChildren();
    for (const [kind, text] of [["strong", title], ...lines.map((line) => ["span", line])]) {
      tip.appendChild(document.createElement(kind)).textContent = text;
    }
    tip.hidden = false;
    const left = Math.min(Math.max(0, x + 14), stage.clientWidth - tip.offsetWidth);
    const above = y + 14 + tip.offsetHeight > stage.clientHeight;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${Math.max(0, above ? y - 14 - tip.offsetHeight : y + 14)}px`;
  }
  const parts = (one) => one.parts.map((mw, kind) => [mw, kind]).filter(([mw]) => mw > 0)
    .sort((a, b) => b[0] - a[0]).map(([mw, kind]) => `${data.classes[kind]} ${amount(mw)} MW`).join(comma);
  const screen = (hub) => [(hub.x - view.x) / view.w * map.clientWidth, (hub.y - view.y) / view.h * map.clientHeight];
  const tellHub = (hub, spot = screen(hub)) =>
    tell(hub.name, [say("load", { mw: amount(hub.mw) }), parts(hub), hub.facts.join(comma)], ...spot);
  const tellFlow = (one, spot) => tell(say("flow", { origin: one.origin, hub: hubs[one.hub].name }),
    [`${amount(one.mw)} MW`, parts(one), say("trip", { ms: one.trip })], ...spot);
  const spotOf = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const hide = () => { tip.hidden = true; };
  function pin(number) {
    if (pinned >= 0) hubs[pinned].group.classList.remove("pinned");
    pinned = number === pinned ? -1 : number;
    for (const [place, hub] of hubs.entries()) hub.group.setAttribute("aria-pressed", String(place === pinned));
    if (pinned >= 0) hubs[pinned].group.classList.add("pinned");
    update();
  }
  function go(number) {
    for (const hub of hubs) hub.group.setAttribute("tabindex", -1);
    hubs[number].group.setAttribute("tabindex", 0);
    hubs[number].group.focus();
  }

  for (const [number, hub] of hubs.entries()) {
    hub.group.addEventListener("pointermove", (event) => tellHub(hub, spotOf(event)));
    hub.group.addEventListener("pointerleave", hide);
    hub.group.addEventListener("focus", () => {
      const [x, y] = [hub.x, hub.y];
      if (x < view.x || x > view.x + view.w || y < view.y || y > view.y + view.h) {
        view.x = x - view.w / 2;
        view.y = y - view.h / 2;
        place();
        map.scrollIntoView({ block: "nearest" });
      }
      tellHub(hub);
    });
    hub.group.addEventListener("blur", hide);
    hub.group.addEventListener("click", () => { if (!dragged) { pin(number); tellHub(hub); } });
    hub.group.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) go(order[(order.indexOf(number) + step + order.length) % order.length]);
      else if (event.key === "Enter" || event.key === " ") { pin(number); tellHub(hub); }
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  for (const one of flows) {
    one.group.addEventListener("pointermove", (event) => tellFlow(one, spotOf(event)));
    one.group.addEventListener("pointerleave", hide);
  }

  map.addEventListener("keydown", (event) => {
    const step = view.w / 8;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; place(); }
    else if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-" || event.key === "−") zoom(1 / STEP);
    else if (event.key === "0") { view = { ...whole }; place(); }
    else if (event.key === "Escape") { hide(); if (pinned >= 0) pin(pinned); }
    else return;
    event.preventDefault();
  });
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), ...at(event));
  }, { passive: false });

  // Dragging with one pointer, pinching with two.
  const down = new Map();
  let dragged = false;
  const middle = () => {
    const found = [...down.values()];
    const x = found.reduce((sum, p) => sum + p.clientX, 0) / found.length;
    const y = found.reduce((sum, p) => sum + p.clientY, 0) / found.length;
    const apart = found.length > 1 ? Math.hypot(found[0].clientX - found[1].clientX, found[0].clientY - found[1].clientY) : 0;
    return { clientX: x, clientY: y, apart };
  };
  map.addEventListener("pointerdown", (event) => { down.set(event.pointerId, event); dragged = down.size > 1; });
  window.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    const before = middle();
    down.set(event.pointerId, event);
    const after = middle();
    if (Math.hypot(after.clientX - before.clientX, after.clientY - before.clientY) > 2) dragged = true;
    view.x -= (after.clientX - before.clientX) / map.clientWidth * view.w;
    view.y -= (after.clientY - before.clientY) / map.clientHeight * view.h;
    if (before.apart && after.apart) zoom(after.apart / before.apart, ...at(after));
    else place();
  });
  for (const event of ["pointerup", "pointercancel"]) {
    window.addEventListener(event, (found) => down.delete(found.pointerId));
  }

  find("class").addEventListener("change", (event) => { chosen = Number(event.target.value); update(); });
  if (find("slot")) find("slot").addEventListener("input", (event) => { slot = Number(event.target.value); update(); });
  find("closer").addEventListener("click", () => zoom(STEP));
  find("farther").addEventListener("click", () => zoom(1 / STEP));
  find("whole").addEventListener("click", () => { view = { ...whole }; if (pinned >= 0) pin(pinned); place(); });
  if (document.body.classList.contains("alone")) {
    stage.style.maxWidth = `calc((100vh - 15rem) * ${whole.w / whole.h})`;
  }
  window.addEventListener("resize", update);
  update();
})();
