// The playground's page: asks the server what there is to see, shows it, and tells the server what was pressed.
"use strict";

const NEAR_BOTTOM = 80; // pixels within which new messages keep the list at its end
const TOGETHER = 5 * 60 * 1000; // milliseconds within which one author's posts share a heading
const MINUTE = 60 * 1000; // milliseconds
const RETRY = 1500; // milliseconds until the server is asked again after it did not answer

const $ = (id) => document.getElementById(id);
const view = { person: "", newFrom: "", version: -1, posts: new Map(), statuses: new Map() };

// ---------------------------------------------------------------- small helpers

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function rendered(className, safeHtml) {
  const made = element("div", className);
  made.innerHTML = safeHtml; // made by the server, which lets no HTML of a message through
  return made;
}

function link(text, address) {
  if (!/^https?:\/\//.test(address || "")) return element("span", "", text);
  const made = element("a", "", text);
  Object.assign(made, { href: address, target: "_blank", rel: "noopener noreferrer nofollow" });
  return made;
}

function initials(name) {
  const words = name.split(" ");
  return words.length > 1 ? words.map((word) => word[0]).join("").slice(0, 2) : name.slice(0, 1);
}

function avatar(name, index) {
  const made = element("span", `avatar hue-${index % 6}`, initials(name));
  made.setAttribute("aria-hidden", "true");
  return made;
}

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`/playground/${path}`, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// ---------------------------------------------------------------- people

function showPeople(people) {
  const list = $("people");
  people.forEach((person, index) => {
    const row = list.children[index] || list.appendChild(personRow(person, index));
    const button = row.firstChild;
    button.setAttribute("aria-current", String(person.name === view.person));
    const badge = button.querySelector(".badge");
    badge.hidden = !person.badge;
    badge.textContent = person.badge;
    badge.setAttribute("aria-label", `${person.badge} unread`);
  });
  const unread = people.reduce((sum, person) => sum + person.badge, 0);
  $("all-unread").hidden = !unread;
  $("all-unread").textContent = unread;
  document.title = unread ? `(${unread}) Nudge playground` : "Nudge playground";
}

function personRow(person, index) {
  const row = element("li");
  const button = element("button", "person");
  button.type = "button";
  button.dataset.person = person.name;
  const words = element("span", "words");
  words.title = person.about; // there may be no room for all of it
  words.append(element("span", "name", person.full_name), element("span", "about", `${person.language} · ${person.about}`));
  button.append(avatar(person.full_name, index), words, element("span", "badge"));
  button.addEventListener("click", () => open(person));
  row.append(button);
  return row;
}

async function open(person) {
  view.person = person.name;
  view.newFrom = "";
  view.posts.clear();
  $("posts").replaceChildren();
  $("chat-title").textContent = person.full_name;
  $("chat-about").textContent = `direct messages with gitlab-bot · ${person.language}`;
  $("say").hidden = false;
  $("complaint").textContent = "";
  go("chat");
  const { unread } = await ask("view", { person: person.name });
  await load({ unread });
}

// ---------------------------------------------------------------- messages

function showPosts(posts, unread) {
  const list = $("posts");
  if (unread) {
    const fresh = posts.filter((post) => !post.ephemeral);
    view.newFrom = fresh.length ? fresh[Math.max(0, fresh.length - unread)].id : "";
  }
  const stay = list.scrollHeight - list.scrollTop - list.clientHeight > NEAR_BOTTOM && view.posts.size > 0;
  posts.forEach((post, index) => {
    const follows = together(posts[index - 1], post) && post.id !== view.newFrom;
    const key = JSON.stringify([post, follows, post.id === view.newFrom]);
    const known = view.posts.get(post.id);
    if (known && known.key === key) return;
    const node = postNode(post, follows);
    if (known) known.node.replaceWith(node);
    else list.append(node);
    view.posts.set(post.id, { key, node });
  });
  if (!stay) list.scrollTop = list.scrollHeight;
  showEmpty(posts);
}

function together(before, post) {
  return Boolean(before) && before.author === post.author && before.ephemeral === post.ephemeral
    && post.at - before.at < TOGETHER;
}

function postNode(post, follows) {
  const node = element("article", `post${follows ? " follows" : ""}${post.ephemeral ? " ephemeral" : ""}`);
  node.dataset.post = post.id;
  if (post.id === view.newFrom) node.append(element("p", "new", "New messages"));
  const body = element("div", "body");
  if (!follows) body.append(heading(post));
  if (post.reply_to) body.append(rendered("reply-to", post.reply_to));
  body.append(rendered("message", post.html), ...post.cards.map((card) => cardNode(post, card)));
  if (post.ephemeral) body.append(element("p", "only", "Only visible to you"));
  const line = element("div", "row");
  line.append(follows ? element("span", "avatar none") : avatar(post.author, 4), body);
  node.append(line);
  return node;
}

function heading(post) {
  const made = element("p", "heading");
  const time = element("time", "", new Date(post.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = new Date(post.at).toISOString();
  made.append(element("strong", "", post.author), time);
  if (post.edited) made.append(element("span", "edited", "edited"));
  return made;
}

function cardNode(post, card) {
  const node = element("div", "card");
  if (card.color) node.style.setProperty("--bar", card.color);
  if (card.pretext) node.append(rendered("message", card.pretext));
  if (card.author) node.append(cardAuthor(card));
  if (card.title) {
    const title = element("p", "title");
    title.append(link(card.title, card.title_link));
    node.append(title);
  }
  if (card.text) node.append(rendered("message", card.text));
  for (const field of card.fields) {
    const made = element("div", "field");
    made.append(element("p", "title", field.title), rendered("message", field.value));
    node.append(made);
  }
  if (card.actions.length) node.append(cardActions(post, card.actions));
  if (card.footer) node.append(element("p", "footer", card.footer));
  return node;
}

function cardAuthor(card) {
  const made = element("p", "author");
  if (card.icon) {
    const icon = element("img");
    Object.assign(icon, { src: card.icon, alt: "", width: 16, height: 16 });
    made.append(icon);
  }
  made.append(link(card.author, card.author_link));
  return made;
}

function cardActions(post, actions) {
  const made = element("div", "actions");
  made.append(...actions.map((action) => (action.options.length ? menu(post, action) : button(post, action))));
  return made;
}

function button(post, action) {
  const made = element("button", action.style, action.name);
  made.type = "button";
  made.disabled = action.disabled;
  made.addEventListener("click", () => click(post, action, ""));
  return made;
}

function menu(post, action) {
  const made = element("select");
  made.setAttribute("aria-label", action.name);
  made.append(new Option(action.name, ""), ...action.options.map((one) => new Option(one.text, one.value)));
  made.addEventListener("change", () => made.value && click(post, action, made.value));
  return made;
}

async function click(post, action, option) {
  answered(await ask("click", { person: view.person, post: post.id, action: action.id, option }));
}

function answered({ complaint, dialog }) {
  $("complaint").textContent = complaint;
  if (dialog) showDialog(dialog);
}

// ---------------------------------------------------------------- dialogs

function showDialog(dialog) {
  view.dialog = { number: dialog.number, person: view.person, inputs: new Map() };
  $("dialog-title").textContent = dialog.title;
  $("dialog-introduction").replaceChildren(rendered("message", dialog.introduction));
  $("dialog-elements").replaceChildren(...dialog.elements.map(question));
  $("dialog-complaint").textContent = "";
  $("dialog-save").textContent = dialog.submit_label;
  $("dialog").showModal();
}

function question(one) {
  const made = element("div", "question");
  const input = one.type === "select" ? choice(one) : line(one);
  input.id = `question-${one.name}`;
  input.required = !one.optional && one.type !== "bool";
  const label = element("label", "", one.display_name);
  label.htmlFor = input.id;
  const wrong = element("p", "complaint");
  made.append(label, input);
  if (one.type === "bool") made.append(element("span", "hint", one.placeholder));
  if (one.help_text) made.append(element("p", "hint", one.help_text));
  made.append(wrong);
  view.dialog.inputs.set(one.name, { input, wrong });
  return made;
}

function choice(one) {
  const made = element("select");
  made.append(...one.options.map((option) => new Option(option.text, option.value)));
  made.value = one.default;
  return made;
}

function line(one) {
  const made = element(one.type === "textarea" ? "textarea" : "input");
  if (one.type === "bool") Object.assign(made, { type: "checkbox", checked: one.default === "true" });
  else Object.assign(made, { value: one.default, placeholder: one.placeholder, autocomplete: "off" });
  return made;
}

async function submit() {
  const { number, person, inputs } = view.dialog;
  const submission = {};
  for (const [name, { input }] of inputs) submission[name] = input.type === "checkbox" ? input.checked : input.value || null;
  const { complaint, errors } = await ask("submit", { person, number, submission });
  $("dialog-complaint").textContent = complaint;
  for (const [name, { wrong }] of inputs) wrong.textContent = errors[name] || "";
  if (!complaint && !Object.keys(errors).length) $("dialog").close();
}

function showEmpty(posts) {
  const empty = $("empty");
  empty.hidden = Boolean(posts.length);
  if (posts.length || empty.dataset.person === view.person) return;
  empty.dataset.person = view.person;
  const first = view.person ? "No messages yet" : "Nobody chosen yet";
  const hint = view.person ? "To change that, do this in GitLab, one after the other:"
    : "Try this in GitLab, one after the other, and watch the people:";
  const steps = [
    ["open-draft", "Open a draft with two reviewers", "A draft is silent: nobody is told."],
    ["ready", "Mark it ready", "Both reviewers get a message, and a red badge lights up."],
    ["review", "Review with five comments", "The author gets one message, not five."],
  ];
  const list = element("ol");
  for (const [act, what, why] of steps) {
    const step = element("li");
    const made = element("button", "", what);
    made.type = "button";
    made.addEventListener("click", () => perform(act));
    step.append(made, element("span", "", why));
    list.append(step);
  }
  empty.replaceChildren(element("h3", "", first), element("p", "", hint), list);
}

// ---------------------------------------------------------------- GitLab

function showScopes(scopes) {
  if ($("scopes").children.length) return;
  for (const scope of scopes) {
    const section = element("section", "scope");
    const acts = element("div", "acts");
    for (const act of scope.acts) {
      const made = element("button", "", act.label);
      Object.assign(made, { type: "button", title: act.hint });
      made.dataset.act = act.name;
      made.addEventListener("click", () => perform(act.name));
      acts.append(made);
    }
    section.append(element("h3", "", scope.title), acts);
    $("scopes").append(section);
  }
}

function showChoices(choices) {
  options($("who"), [["", "whoever fits"], ...choices.who.map((one) => [one.name, one.full_name])]);
  for (const kind of ["merge_request", "issue"]) {
    options($(kind), choices[kind].map((one) => [String(one.iid), one.state === "opened" ? one.label : `${one.label} (${one.state})`]));
  }
}

function showStatuses(accounts) {
  const select = $("status-of");
  options(select, accounts.map((one) => [one.name, one.full_name]));
  view.statuses = new Map(accounts.map((one) => [one.name, one.status]));
  if (document.activeElement !== $("status-message")) showStatus();
}

function showStatus() {
  $("status-message").value = view.statuses.get($("status-of").value) || "";
}

function options(select, rows) {
  const key = JSON.stringify(rows);
  if (select.dataset.key === key) return;
  const chosen = select.dataset.next || select.value;
  select.replaceChildren(...rows.map(([value, text]) => new Option(text, value)));
  if (rows.some(([value]) => value === chosen)) select.value = chosen;
  select.dataset.key = key;
  delete select.dataset.next;
}

function told(text, notNow = false) {
  $("said").textContent = text;
  $("said").classList.toggle("not-now", notNow);
}

async function perform(name) {
  const given = { who: $("who").value };
  for (const kind of ["merge_request", "issue"]) given[kind] = Number($(kind).value) || null;
  const answer = await ask(`act/${name}`, given);
  told(answer.said || answer.not_now, Boolean(answer.not_now));
  for (const kind of ["merge_request", "issue"]) {
    $(kind).dataset.next = answer[kind];
    $(kind).value = String(answer[kind]);
  }
}

function showLog(log) {
  const key = JSON.stringify(log);
  if ($("log").dataset.key === key) return;
  $("log").dataset.key = key;
  $("log").replaceChildren(...log.map(logRow));
  if (!log.length) $("log").append(element("li", "none", "Nothing sent yet."));
}

function logRow(entry) {
  const row = element("li");
  const kind = /^2/.test(entry.status) ? "good" : entry.status === "pending" ? "" : "bad";
  row.append(element("span", "event", entry.event), element("span", "action", entry.action), element("span", `status ${kind}`, entry.status));
  return row;
}

// ---------------------------------------------------------------- the whole

function go(tab) {
  document.body.dataset.tab = tab;
  for (const one of document.querySelectorAll("[data-go]")) one.setAttribute("aria-current", String(one.dataset.go === tab));
}

async function load({ unread = 0 } = {}) {
  const person = view.person;
  const state = await ask(`state?person=${encodeURIComponent(person)}`);
  if (person !== view.person) return;
  view.version = state.version;
  const mine = state.people.find((one) => one.name === person);
  if (mine && mine.badge && document.visibilityState === "visible") {
    await ask("view", { person });
    mine.badge = 0;
  }
  showPeople(state.people);
  showPosts(state.posts, unread);
  showScopes(state.scopes);
  showChoices(state.choices);
  showStatuses(state.choices.accounts);
  showLog(state.log);
}

async function follow() {
  for (;;) {
    try {
      await load();
      document.body.classList.remove("offline");
      const { version } = await ask(`events?since=${view.version}`);
      if (version < view.version) location.reload(); // another playground runs here now
    } catch {
      document.body.classList.add("offline");
      await new Promise((done) => setTimeout(done, RETRY));
    }
  }
}

function nextMinute(now) {
  return new Date(now.getTime() + MINUTE).toISOString().slice(11, 16);
}

async function say(text) {
  answered(await ask("say", { person: view.person, text }));
}

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = $("line");
  if (line.value.trim()) say(line.value.trim());
  line.value = "";
});
$("soon").addEventListener("click", () => say(`/nudge digest ${nextMinute(new Date())}`));
$("status-of").addEventListener("change", showStatus);
$("status").addEventListener("submit", async (event) => {
  event.preventDefault();
  told((await ask("status", { who: $("status-of").value, message: $("status-message").value })).said);
});
$("dialog-form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("dialog-cancel").addEventListener("click", () => $("dialog").close());
for (const chip of document.querySelectorAll("[data-say]")) chip.addEventListener("click", () => say(chip.dataset.say));
for (const tab of document.querySelectorAll("[data-go]")) tab.addEventListener("click", () => go(tab.dataset.go));
$("back").addEventListener("click", () => go("people"));

go("people");
follow();
