
// What the client that serves the page tells it, and how it stands with the server.
let connection = {kind: "connecting"};

function showConnection() {
  const said = {
    connecting: () => label("connecting"),
    lost: () => `${label("connection_lost")} · ${label("reaching_again", data.server)}`,
    refused: () => connection.text[language],
    unserved: () => label("client_ended"),
    connected: () => label("connected_to", data.server),
  }[connection.kind]();
  byId("connection").textContent = said;
  byId("connection").dataset.kind = connection.kind;
}

function nowConnected(kind, text) {
  connection = {kind, text};
  showConnection();
}

// `handlers` by the kind of what is told. The browser opens a stream that broke again by itself.
function listen(path, handlers) {
  const source = new EventSource(path);
  for (const [kind, handle] of Object.entries(handlers)) {
    source.addEventListener(kind, (event) => { nowConnected("connected"); handle(JSON.parse(event.data)); });
  }
  source.addEventListener("back", () => nowConnected("connected"));
  source.addEventListener("lost", () => nowConnected("lost"));
  source.addEventListener("refused", (event) => nowConnected("refused", JSON.parse(event.data)));
  source.addEventListener("error", () => nowConnected("unserved"));
  return source;
}

// Language and theme go with the user from page to page.
function keepChoices() {
  const kept = (name) => sessionStorage.getItem(`electra.${name}`);
  if (Object.hasOwn(data.labels, kept("language") || "")) language = kept("language");
  if (["light", "dark"].includes(kept("theme"))) chooseTheme(kept("theme"));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => { sessionStorage.setItem("electra.language", language); showConnection(); });
  }
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.addEventListener("click", () => sessionStorage.setItem("electra.theme", button.dataset.themeChoice));
  }
}
