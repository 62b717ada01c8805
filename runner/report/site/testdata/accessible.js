// What a page lacks for people who do not see it, do not see its colours or use no mouse: a list of complaints.
(() => {
  const wrong = [];
  const all = (s) => [...document.querySelectorAll(s)];
  const tag = (el) => el.outerHTML.slice(0, 90);
  const named = (el) =>
    (el.getAttribute("aria-label") || "").trim() ||
    (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map((id) => (document.getElementById(id) || {}).textContent || "").join(" ").trim();
  const seen = (el) => el.checkVisibility() && el.getClientRects().length > 0;

  if (!document.documentElement.lang) wrong.push("no lang");
  if (!document.title.trim()) wrong.push("no title");
  for (const s of ["main", "header", "footer", "nav"]) if (!document.querySelector(s)) wrong.push("no " + s);
  if (all("main").length !== 1 || all("h1").length !== 1) wrong.push("not one main and one h1");
  for (const el of all("nav, form, [role=region], section:not([data-part])")) if (!named(el)) wrong.push("a landmark without a name: " + tag(el));
  const navs = all("nav").map(named);
  if (new Set(navs).size !== navs.length) wrong.push("landmarks with the same name");

  const ids = all("[id]").map((el) => el.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("twice the id " + id);
  for (const el of all("[aria-labelledby], [for]")) {
    for (const id of (el.getAttribute("aria-labelledby") || el.getAttribute("for")).split(/\s+/)) if (!ids.includes(id)) wrong.push("no id " + id);
  }
  for (const el of all("img, svg")) if (!named(el) && !el.alt) wrong.push("a picture without a name: " + tag(el));
  for (const el of all("svg")) if (el.getAttribute("role") !== "img") wrong.push("no role: " + tag(el));
  for (const el of all("table")) {
    if (!el.tHead || !el.closest("[role=region]")) wrong.push("a table without a head or a name: " + tag(el));
  }
  for (const el of all("th")) if (!["col", "row"].includes(el.scope)) wrong.push("no scope: " + tag(el));
  for (const el of all("input, select")) if (!el.labels || !el.labels.length || !el.labels[0].textContent.trim()) wrong.push("no label: " + tag(el));
  for (const el of all("a, button, summary")) if (!el.textContent.trim() && !named(el)) wrong.push("says nothing: " + tag(el));
  for (const el of all("dl > *")) if (el.tagName !== "DIV" || !el.querySelector("dt") || !el.querySelector("dd")) wrong.push("no pair: " + tag(el));
  for (const el of all("ul > *, ol > *")) if (el.tagName !== "LI") wrong.push("no item: " + tag(el));

  let level = 0;
  for (const el of all("h1, h2, h3, h4, h5, h6").filter(seen)) {
    const now = Number(el.tagName[1]);
    if (now > level + 1) wrong.push("a level of headings is left out before: " + tag(el));
    if (!el.textContent.trim()) wrong.push("an empty heading: " + tag(el));
    level = now;
  }
  for (const el of all("[tabindex]")) if (el.tabIndex > 0) wrong.push("out of order: " + tag(el));
  for (const el of all(".scroll")) if (el.scrollWidth > el.clientWidth && el.tabIndex !== 0) wrong.push("scrolls without keys: " + tag(el));
  for (const el of all(".verdict")) if (!/broken|unknown|skipped|kept/.test(el.textContent)) wrong.push("a colour without a word: " + tag(el));

  const colour = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const c = colour(getComputedStyle(el).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
      if (c[3] > 0) wrong.push("half transparent: " + tag(el));
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const checked = new Map();
  while (texts.nextNode()) {
    const el = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(el) || el.closest("svg")) continue;
    const [front, back] = [colour(getComputedStyle(el).color), behind(el)];
    const [a, b] = [light(front), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5 && !checked.has(front + "/" + back)) wrong.push("contrast " + ratio.toFixed(2) + " of " + front + " on " + back + ": " + tag(el));
    checked.set(front + "/" + back, ratio);
  }
  if (checked.size < 5) wrong.push("hardly any text");
  return wrong;
})();
