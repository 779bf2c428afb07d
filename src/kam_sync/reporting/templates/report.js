"use strict";
(() => {
  const STEP = 200; // rows shown at once: sorting and filtering stay quick whatever the size of the portfolio
  const byId = (id) => document.getElementById(id);
  const body = document.body;
  body.classList.add("scripted");

  // Letters that Unicode does not take apart, as they are typed without a keyboard for them.
  const PLAIN = { "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i" };
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[łøđðþßæœı]/g, (sign) => PLAIN[sign]);
  const form = byId("filters");
  const drawer = byId("drawer");
  const table = byId("matrix");
  const rows = table ? Array.from(table.tBodies[0].rows, (row) => ({ row, data: row.dataset, text: fold(row.textContent) })) : [];
  const byKey = new Map(rows.map((each) => [each.data.k, each]));
  const columns = table ? Array.from(table.tHead.rows[0].cells) : [];
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const NAMES = ["q", "org", "owner", "tier", "severity", "topic", "rule", "gap", "review", "sort", "account"];

  let state = {};
  let matching = rows;
  let limit = STEP;

  // -- what the address says ------------------------------------------------------------------------------------

  function read() {
    const given = new URLSearchParams(location.hash.slice(1));
    return Object.fromEntries(NAMES.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
  }

  function address() {
    const words = new URLSearchParams(NAMES.filter((name) => state[name]).map((name) => [name, state[name]]));
    return `#${words}`;
  }

  function change(changes, { push = false } = {}) {
    state = { ...state, ...changes };
    const to = address() === "#" ? location.href.split("#")[0] + "#" : address();
    history[push ? "pushState" : "replaceState"](null, "", to);
    apply();
  }

  // -- filtering and sorting ------------------------------------------------------------------------------------

  function fits(levels, gap) {
    const [what, role] = gap.split(":");
    switch (what) {
      case "any": return levels.includes("0");
      case "absent": return levels[Number(role)] === "0";
      case "named": return levels.includes("1");
      case "unknown": return levels.includes("?");
      default: return !/[0?]/.test(levels);
    }
  }

  function matches({ data, text }) {
    const wanted = state.q ? fold(state.q).split(/\s+/) : [];
    return wanted.every((word) => text.includes(word))
      && (!state.org || data.g === state.org)
      && (!state.owner || data.o === state.owner)
      && (!state.tier || data.t === state.tier)
      && (!state.severity || Number(data.s) >= Number(state.severity))
      && (!state.topic || data.f.split(" ").includes(state.topic))
      && (!state.rule || data.c.split(" ").includes(state.rule))
      && (!state.gap || fits(data.l, state.gap))
      && (!state.review || data.r === state.review);
  }

  function value(each, column, kind) {
    const cell = each.row.cells[column];
    const text = cell.dataset.v ?? cell.textContent.trim();
    return kind === "number" ? Number.parseFloat(text) : text;
  }

  function sorted(found) {
    const [column, direction] = (state.sort ?? "").split(".").map(Number);
    const head = columns[column];
    if (!state.sort || !head) return found;
    const kind = head.dataset.sort;
    const keyed = found.map((each) => ({ each, value: value(each, column, kind) }));
    const compare = kind === "number" ? (a, b) => a.value - b.value : (a, b) => collator.compare(a.value, b.value);
    keyed.sort((a, b) => (direction < 0 ? compare(b, a) : compare(a, b)) || a.each.data.n - b.each.data.n);
    return keyed.map(({ each }) => each);
  }

  function show() {
    table.tBodies[0].replaceChildren(...matching.slice(0, limit).map(({ row }) => row));
    const shown = Math.min(limit, matching.length);
    const number = (count) => count.toLocaleString("en");
    const part = shown < matching.length ? ` The first ${number(shown)} are shown.` : "";
    byId("matches").textContent = matching.length === rows.length
      ? `${number(rows.length)} ${rows.length === 1 ? "account" : "accounts"}.${part}`
      : `${number(matching.length)} of ${number(rows.length)} accounts match.${part}`;
    byId("further").hidden = shown === matching.length;
  }

  function apply() {
    if (!table) return;
    for (const field of form.elements) {
      if (field.name && field.value !== (state[field.name] ?? "")) field.value = state[field.name] ?? "";
    }
    const [sortedBy, direction] = (state.sort ?? "").split(".").map(Number);
    columns.forEach((head, column) => {
      const here = state.sort && column === sortedBy;
      head.setAttribute("aria-sort", here ? (direction < 0 ? "descending" : "ascending") : "none");
    });
    matching = sorted(rows.filter(matches));
    show();
    openOrClose();
  }

  // -- one account ----------------------------------------------------------------------------------------------

  const packs = Array.from(document.getElementsByClassName("pack"));
  const unpacked = new Map();
  const PACK = Number(byId("details")?.dataset.pack);

  async function unpack(number) {
    const bytes = Uint8Array.from(atob(packs[number].textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  async function detail(place) {
    if (!packs.length) return byId(`account-${place}`).cloneNode(true);
    const number = Math.floor(place / PACK);
    if (!unpacked.has(number)) unpacked.set(number, unpack(number));
    const holder = document.createElement("template");
    holder.innerHTML = (await unpacked.get(number))[place % PACK];
    return holder.content.firstElementChild;
  }

  let opened = null;
  async function openOrClose() {
    const wanted = state.account ? byKey.get(state.account) : null;
    if (!wanted) {
      opened = null;
      if (drawer.open) drawer.close();
      return;
    }
    if (opened === wanted) return;
    opened = wanted;
    const article = await detail(Number(wanted.data.n));
    if (opened !== wanted) return; // somebody went on meanwhile
    const name = article.querySelector("h3");
    article.removeAttribute("id");
    name.id = "drawer-name";
    byId("drawer-body").replaceChildren(article);
    const place = matching.indexOf(wanted);
    byId("drawer-place").textContent = place < 0 ? "" : `${(place + 1).toLocaleString("en")} of ${matching.length.toLocaleString("en")}`;
    for (const button of drawer.querySelectorAll("[data-step]")) {
      button.disabled = place < 0 || !matching[place + Number(button.dataset.step)];
    }
    if (!drawer.open) drawer.showModal();
    byId("drawer-body").scrollTop = 0;
    name.focus();
  }

  // -- people's acts --------------------------------------------------------------------------------------------

  if (table) {
    form.hidden = false;
    columns.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const first = head.dataset.sort === "number" && !head.classList.contains("role") ? -1 : 1;
        const [sortedBy, direction] = (state.sort ?? "").split(".").map(Number);
        const next = !state.sort || sortedBy !== column ? first : direction === first ? -first : 0;
        limit = STEP;
        change({ sort: next ? `${column}.${next}` : "" });
      });
      head.append(button);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      limit = STEP;
      change({ [event.target.name]: event.target.value });
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      limit = STEP;
      change(Object.fromEntries(NAMES.filter((name) => name !== "sort").map((name) => [name, ""])));
    });
    byId("further").addEventListener("click", () => {
      const next = matching[limit];
      limit += STEP * 5;
      show();
      next.row.querySelector("a").focus();
    });
    table.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      change({ account: link.closest("tr").dataset.k }, { push: true });
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-filter]");
      if (!link) return;
      event.preventDefault();
      limit = STEP;
      state = {};
      change(Object.fromEntries(new URLSearchParams(link.dataset.filter)), { push: true });
      byId("accounts-head").focus();
      byId("accounts").scrollIntoView();
    });
    drawer.addEventListener("close", () => {
      const from = state.account;
      if (!from) return;
      change({ account: "" });
      byKey.get(from)?.row.querySelector("a").focus();
    });
    drawer.addEventListener("click", (event) => {
      if (event.target === drawer) drawer.close();
      const step = event.target.closest("[data-step]");
      if (!step) return;
      const next = matching[matching.indexOf(opened) + Number(step.dataset.step)];
      if (next) change({ account: next.data.k });
    });
    byId("drawer-close").addEventListener("click", () => drawer.close());
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea, dialog");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      byId("filter-q").focus();
    });
    for (const name of ["hashchange", "popstate"]) {
      addEventListener(name, () => {
        const isPlace = /^#[^=]+$/.test(location.hash); // in the page, and no state of the table
        state = isPlace ? { ...state, account: "" } : read();
        apply();
      });
    }
    state = read();
    apply();
  }
})();
