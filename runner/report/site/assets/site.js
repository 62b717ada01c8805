// Search and filters. Every page is complete without this; here entries are only hidden and shown. What is chosen
// stands in the address after the #, so that it can be shared: #status=broken,unknown&host=web1&q=nginx
"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const letters = { broken: "b", unknown: "u", skipped: "s", kept: "k" };
  const shown = document.getElementById("f-shown");
  const hosts = [...document.querySelectorAll("tr[data-h]")];
  const parts = [...document.querySelectorAll("[data-part]")].reverse(); // inner ones first
  const boxes = [...form.querySelectorAll("input[name=status]")];
  const search = form.elements.q;
  const chosen = (name) => (form.elements[name] ? form.elements[name].selectedIndex - 1 : -1);

  const numbers = (ranges) => {
    const set = new Set();
    for (const range of (ranges || "").split(" ")) {
      if (!range) continue;
      const [from, to] = range.split("-").map(Number);
      for (let i = from; i <= (to === undefined ? from : to); i++) set.add(i);
    }
    return set;
  };

  // What is above an entry is searched with it: a group's title finds its promises.
  const words = (el) => {
    let text = el.textContent;
    for (let up = el.parentElement.closest("[data-part]"); up; up = up.parentElement.closest("[data-part]")) {
      const head = up.querySelector(":scope > [data-head], :scope > .side > [data-head]");
      if (head) text += " " + head.textContent;
    }
    return text.toLowerCase();
  };

  let entries = null; // read when they are needed first
  const read = () => {
    entries ??= [...document.querySelectorAll(".p")].map((el) => {
      const by = {};
      for (const [status, letter] of Object.entries(letters)) {
        if (el.dataset[letter] !== undefined) by[status] = numbers(el.dataset[letter]);
      }
      return { el, by, groups: numbers(el.dataset.g), tags: numbers(el.dataset.t), alarm: !!el.closest(".alarms"), text: words(el) };
    });
    return entries;
  };

  const wanted = () => ({
    words: search.value.toLowerCase().split(/\s+/).filter(Boolean),
    statuses: boxes.filter((b) => b.checked).map((b) => b.value),
    host: chosen("host"), group: chosen("group"), tag: chosen("tag"),
  });

  // hits adds the hosts for which an entry is shown, and says whether it is shown at all.
  const hits = (e, want, at) => {
    if (want.group >= 0 && !e.groups.has(want.group)) return false;
    if (want.tag >= 0 && !e.tags.has(want.tag)) return false;
    if (!want.words.every((w) => e.text.includes(w))) return false;
    let hit = boxes.length === 0 && want.host < 0;
    for (const [status, set] of Object.entries(e.by)) {
      if (want.statuses.length && !want.statuses.includes(status)) continue;
      if (want.host >= 0 && !set.has(want.host)) continue;
      hit = true;
      for (const h of want.host >= 0 ? [want.host] : set) at.add(h);
    }
    return hit;
  };

  const count = (n, of, noun) => (n === of ? (n > 1 ? "all " : "") : n + " of ") + of + " " + noun + (of === 1 ? "" : "s");

  const apply = () => {
    const want = wanted();
    const all = !want.words.length && !want.statuses.length && want.host < 0 && want.group < 0 && want.tag < 0;
    const at = new Set();
    if (all && !entries) return tell(all, total(), total(), hosts.length);
    let listed = 0;
    for (const e of read()) {
      const hit = all || hits(e, want, at);
      e.el.hidden = !hit;
      if (hit && !e.alarm) listed++;
    }
    let rows = 0;
    for (const row of hosts) {
      const named = want.words.length && want.words.every((w) => row.cells[0].textContent.toLowerCase().includes(w));
      const only = want.statuses.length || want.group >= 0 || want.tag >= 0;
      const number = Number(row.dataset.h);
      const hit = all || ((want.host < 0 || want.host === number) && (at.has(number) || (named && !only)));
      row.hidden = !hit;
      if (hit) rows++;
    }
    for (const part of parts) part.hidden = !all && !part.querySelector(".p:not([hidden])");
    tell(all, listed, total(), rows);
  };

  const total = () => document.querySelectorAll(".thing .p").length;

  const tell = (all, listed, of, rows) => {
    let sentence = listed === 0 && rows === 0 && of > 0 ? "Nothing matches" : "Showing " + count(listed, of, form.dataset.noun);
    if (hosts.length && (listed || rows)) sentence += " and " + count(rows, hosts.length, "host");
    if (shown.textContent !== sentence) shown.textContent = sentence;
    shown.nextElementSibling.hidden = all;
  };

  const save = () => {
    const state = new URLSearchParams();
    const statuses = wanted().statuses.join(",");
    if (statuses) state.set("status", statuses);
    for (const name of ["host", "group", "tag", "q"]) {
      const field = form.elements[name];
      if (field && field.value) state.set(name, field.value);
    }
    const hash = state.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };

  // load takes the choice from the address. An address that names a place on the page chooses nothing.
  const load = () => {
    if (!location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    const statuses = (state.get("status") || "").split(",");
    for (const box of boxes) box.checked = statuses.includes(box.value);
    for (const name of ["host", "group", "tag", "q"]) {
      if (form.elements[name]) form.elements[name].value = state.get(name) || "";
    }
  };

  let waiting = 0;
  const change = (delay) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { apply(); save(); }, delay);
  };
  form.addEventListener("submit", (e) => { e.preventDefault(); change(0); });
  form.addEventListener("input", (e) => change(e.target === search ? 120 : 0));
  form.addEventListener("reset", () => change(0)); // once the fields are empty
  addEventListener("hashchange", () => { load(); apply(); });
  addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    e.preventDefault();
    search.focus();
  });
  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });
  form.hidden = false;
  load();
  apply();
})();
