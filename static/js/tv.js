/* The television's script, for browsers as of Chrome 87, no library. It swaps in the server's newest picture, turns the
   boards, keeps the clock, and shifts everything a little against burn-in. Whatever fails, the last picture stays. */
(function () {
  "use strict";
  var root = document.documentElement, screen = document.getElementById("screen");
  var every = Number(screen.dataset.every) * 1000, zone = screen.dataset.zone;
  var url = screen.dataset.url, byCookie = screen.dataset.byCookie, home = screen.dataset.home;
  var etag = screen.dataset.etag || null, settled = !home || url === byCookie;
  var shown = null, round = 0, shift = 0, failures = 0, asking = false, ahead = 0, last = Date.now();
  var asks = null, turns = null, worn = null;
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* The time by the server's clock: those of televisions are often wrong. */
  function now() { return new Date(Date.now() + ahead); }

  function tell(time) {
    return time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).slice(0, 5);
  }

  function day(time) { return time.toLocaleDateString(root.lang + "-u-nu-latn", { day: "numeric", month: "long", timeZone: zone }); }

  function say(id, words) {
    var place = document.getElementById(id);
    if (place.textContent !== words) place.textContent = words;
  }

  function clock() { say("clock", tell(now())); }

  function listen(response) {
    var off = Date.parse(response.headers.get("Date")) - Date.now();
    if (Math.abs(off) < 86400000 * 3650) ahead = Math.abs(off) < 30000 ? 0 : off;
  }

  /* One picture is shown, and one goal below, if there are any. */
  function show() {
    var pictures = document.querySelectorAll(".picture"), goals = document.querySelectorAll(".goal"), at = 0;
    pictures.forEach(function (one, index) { if (one.dataset.panel === shown) at = index; });
    pictures.forEach(function (one, index) { one.classList.toggle("shown", index === at); });
    goals.forEach(function (one, index) { one.classList.toggle("shown", index === round % goals.length); });
    shown = pictures.length ? pictures[at].dataset.panel : null;
    return at;
  }

  function next() {
    var pictures = document.querySelectorAll(".picture");
    round += 1;
    if (pictures.length > 1) {
      shown = pictures[(show() + 1) % pictures.length].dataset.panel;
      pictures[show()].classList.add("appears");
    } else show();
  }

  /* "20 dark": so many seconds for each, in these colours. */
  function dress(look) {
    if (!look || look === worn) return;
    worn = look;
    root.dataset.theme = look.split(" ")[1];
    clearInterval(turns);
    turns = setInterval(next, Number(look.split(" ")[0]) * 1000);
  }

  /* A slow walk around a small square: no pixel shows the same thing for months. */
  function walk() {
    var corners = [[0, 0], [4, 0], [4, 4], [0, 4], [-4, 4], [-4, 0], [-4, -4], [0, -4]];
    shift = (shift + 1) % corners.length;
    screen.style.transform = "translate(" + corners[shift][0] + "px," + corners[shift][1] + "px)";
  }

  function rows() { return Array.prototype.slice.call(document.querySelectorAll(".picture.shown [data-standing]")); }

  function top(row) { return row.getBoundingClientRect().top; }

  function places() {
    var found = {};
    rows().forEach(function (row) { found[row.dataset.standing] = top(row); });
    return found;
  }

  /* Rows glide from where they were to where they are. */
  function glide(before) {
    var moved = rows().filter(function (row) {
      return row.dataset.standing in before && Math.abs(before[row.dataset.standing] - top(row)) > 1;
    });
    if (calm.matches || !moved.length) return;
    moved.map(function (row) { return before[row.dataset.standing] - top(row); }).forEach(function (by, index) {
      moved[index].style.transform = "translateY(" + by + "px)";
    });
    top(moved[0]);
    moved.forEach(function (row) {
      row.classList.add("moved");
      row.style.transform = "";
    });
  }

  function put(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("boards");
    if (!fresh) throw new Error("not a board");
    var before = places();
    document.getElementById("boards").replaceWith(document.importNode(fresh, true));
    root.lang = fresh.lang;
    root.dir = fresh.dir;
    show();
    glide(before);
  }

  function get(address) {
    var headers = { "X-Requested-With": "tv" }, stop = new AbortController();
    var limit = setTimeout(function () { stop.abort(); }, 5000);
    if (etag) headers["If-None-Match"] = etag;
    return fetch(address, { headers: headers, cache: "no-store", credentials: "same-origin", signal: stop.signal })
      .then(function (response) {
        return response.text().then(function (text) { return { is: response, text: text }; });
      })
      .finally(function () { clearTimeout(limit); });
  }

  /* Where the cookie was kept, the secret leaves the address; where it was not, everything works by the address. */
  function settle() {
    if (settled) return get(url);
    return get(byCookie).then(function (answer) {
      settled = answer.is.ok || answer.is.status === 304 || answer.is.status === 410;
      if (!settled || answer.is.status === 410) return get(url);
      url = byCookie;
      history.replaceState(null, "", home);
      return answer;
    });
  }

  /* The server itself says that this link is over: its own page says goodbye. Whatever else comes, the picture stays. */
  function take(answer) {
    listen(answer.is);
    if (answer.is.status === 410 && answer.is.headers.get("X-Display") === "ended") return location.reload();
    if (answer.is.status !== 304) {
      if (!answer.is.ok) throw new Error("status " + answer.is.status);
      put(answer.text);
      dress(answer.is.headers.get("X-Look"));
      etag = answer.is.headers.get("ETag");
    }
    failures = 0;
    last = now().getTime();
    document.getElementById("since").hidden = true;
  }

  function miss() {
    var time = new Date(last), words = tell(time), since = document.getElementById("since");
    failures += 1;
    if (failures < 2) return;
    if (day(time) !== day(now())) words = day(time) + ", " + words;
    say("since-words", since.dataset.words.replace("{time}", words));
    since.hidden = false;
  }

  /* A server that is back is noticed within seconds, and not by all screens in the same moment. */
  function pause() { return failures ? 2000 + 2500 * Math.random() : every * (0.9 + 0.2 * Math.random()); }

  function ask() {
    if (asking) return;
    asking = true;
    clearTimeout(asks);
    settle().then(take).catch(miss).then(function () {
      asking = false;
      asks = setTimeout(ask, pause());
    });
  }

  /* Once a night the page is fetched anew, if the server is there: new style sheets and scripts arrive. */
  function renew() {
    if (tell(now()).slice(0, 2) !== "04" || failures || performance.now() < 7200000) return;
    fetch(location.href, { cache: "no-store", credentials: "same-origin" })
      .then(function (response) { if (response.ok && !failures) location.reload(); })
      .catch(miss);
  }

  show();
  clock();
  dress(screen.dataset.look);
  setInterval(clock, 1000);
  setInterval(walk, 120000);
  setInterval(renew, 600000);
  window.addEventListener("online", ask);
  asks = setTimeout(ask, settled ? pause() : 0);
})();
