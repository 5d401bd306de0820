/* The television's script, ES2017, no library. It swaps in the server's newest picture, turns the boards,
   keeps the clock, and shifts everything a few pixels against burn-in. Whatever fails, the last picture stays. */
(function () {
  "use strict";
  var screen = document.getElementById("screen");
  var every = Number(screen.dataset.every) * 1000, turn = Number(screen.dataset.turn) * 1000;
  var shown = 0, shift = 0, etag = screen.dataset.etag || null, failures = 0, waiting = null;
  var zone = screen.dataset.zone, lang = document.documentElement.lang;

  function tell(time) {
    return time.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  }

  function clock() {
    var words = tell(new Date());
    document.getElementById("clock").textContent = words;
  }

  function pictures() { return document.querySelectorAll(".picture"); }

  function show() {
    var list = pictures();
    if (!list.length) return;
    shown = shown % list.length;
    list.forEach(function (picture, index) { picture.classList.toggle("shown", index === shown); });
  }

  function nextPicture() { shown += 1; show(); }

  /* A slow walk around a small square: no pixel shows the same thing for months. */
  function walk() {
    var corners = [[0, 0], [3, 0], [3, 3], [0, 3], [-3, 3], [-3, 0], [-3, -3], [0, -3]];
    shift = (shift + 1) % corners.length;
    screen.style.transform = "translate(" + corners[shift][0] + "px," + corners[shift][1] + "px)";
  }

  function places() {
    var found = {};
    document.querySelectorAll("[data-standing]").forEach(function (row) {
      found[row.dataset.standing] = row.getBoundingClientRect().top;
    });
    return found;
  }

  /* Rows glide from where they were to where they are. */
  function glide(before) {
    document.querySelectorAll("[data-standing]").forEach(function (row) {
      var was = before[row.dataset.standing], now = row.getBoundingClientRect().top;
      if (!was || !now || was === now) return;
      row.style.transform = "translateY(" + (was - now) + "px)";
      requestAnimationFrame(function () {
        row.classList.add("moved");
        row.style.transform = "";
      });
    });
  }

  function put(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("boards");
    if (!fresh) throw new Error("not a board");
    var before = places();
    document.getElementById("boards").replaceWith(document.importNode(fresh, true));
    show();
    glide(before);
  }

  /* The server itself says that this link is over: its own page says goodbye. Whatever else comes, the picture stays. */
  function answer(response) {
    if (response.status === 304) return null;
    if (response.status === 410 && response.headers.get("X-Display") === "ended") {
      location.reload();
      return null;
    }
    if (!response.ok) throw new Error("status " + response.status);
    etag = response.headers.get("ETag");
    return response.text();
  }

  function good(text) {
    if (text) put(text);
    failures = 0;
    document.getElementById("since").hidden = true;
  }

  function bad() {
    failures += 1;
    if (failures === 2) document.getElementById("since").hidden = false;
  }

  /* Slower and slower while the server is away, up to two minutes. */
  function ask() {
    var headers = { "X-Requested-With": "tv" };
    if (etag) headers["If-None-Match"] = etag;
    clearTimeout(waiting);
    var stop = new AbortController();
    var limit = setTimeout(function () { stop.abort(); }, 15000);
    fetch(screen.dataset.url, { headers: headers, cache: "no-store", credentials: "same-origin", signal: stop.signal })
      .then(answer).then(good).catch(bad)
      .then(function () {
        clearTimeout(limit);
        waiting = setTimeout(ask, Math.min(120000, every * Math.pow(2, Math.min(failures, 5))));
      });
  }

  /* Once a night the page is fetched anew, if the server is there: new style sheets and scripts arrive. */
  function renew() {
    var hour = Number(new Date().toLocaleTimeString("en-GB", { hour: "2-digit", timeZone: zone }).slice(0, 2));
    if (hour !== 4 || failures !== 0 || performance.now() < 7200000) return;
    fetch(location.href, { cache: "no-store", credentials: "same-origin" })
      .then(function (response) { if (response.ok) location.reload(); })
      .catch(bad);
  }

  show();
  clock();
  setInterval(clock, 1000);
  setInterval(nextPicture, turn);
  setInterval(walk, 120000);
  setInterval(renew, 600000);
  window.addEventListener("online", ask);
  waiting = setTimeout(ask, every);
})();
