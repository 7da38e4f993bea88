// Runs in the page before its own scripts: makes chance and the few things that
// page time does not govern the same in every render.
(() => {
  // mulberry32: small, good enough, and the same everywhere.
  let seed = 0x9e3779b9;
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const hide = (object, name, value) =>
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  hide(Math, "random", function random() { return next() / 4294967296; });
  const fill = (bytes) => { for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 255; };
  if (self.Crypto) {
    hide(Crypto.prototype, "getRandomValues", function getRandomValues(array) {
      fill(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return array;
    });
    hide(Crypto.prototype, "randomUUID", function randomUUID() {
      const b = new Uint8Array(16);
      fill(b);
      b[6] = (b[6] & 15) | 64;
      b[8] = (b[8] & 63) | 128;
      const hex = Array.from(b, (n) => n.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    });
  }
  // Page time stands still while a script runs, so one that waits by asking for
  // the time again and again would never end: past a thousand questions at one
  // instant, every further one takes a twentieth of a millisecond.
  const patient = (ask) => {
    let last = 0, asked = 0, told = 0;
    return function now() {
      // The time of a document's start is off by up to half a millisecond by
      // chance, always to the same side.
      const time = Math.round(ask.call(this) + 0.3);
      asked = time === last ? asked + 1 : 0;
      last = time;
      told = Math.max(told, time + Math.floor(Math.max(asked - 1000, 0) / 20));
      return told;
    };
  };
  // Every document is opened at the same time of day, and its own time begins
  // then, however long its tab has been in use.
  const RealDate = Date, clock = Date.now, zero = clock();
  const today = patient(() => EPOCH + clock() - zero);
  hide(Date, "now", today);
  self.Date = new Proxy(RealDate, {
    apply: () => new RealDate(today()).toString(),
    construct: (date, args, type) => Reflect.construct(date, args.length ? args : [today()], type),
  });
  hide(RealDate.prototype, "constructor", self.Date);
  const ticks = Performance.prototype.now.bind(performance), first = ticks(), frame = self.requestAnimationFrame;
  const sinceOpened = patient(() => ticks() - first);
  hide(Performance.prototype, "now", sinceOpened);
  if (frame) {
    hide(self, "requestAnimationFrame", function requestAnimationFrame(callback) {
      return frame.call(self, typeof callback === "function" ? () => callback(sinceOpened()) : callback);
    });
  }
  // A service worker would outlive the page; one that never gets ready does no
  // harm, and is no error that the page could report.
  if (self.ServiceWorkerContainer) {
    hide(ServiceWorkerContainer.prototype, "register", function register() { return new Promise(() => {}); });
    hide(ServiceWorkerContainer.prototype, "getRegistration", function getRegistration() { return Promise.resolve(undefined); });
    hide(ServiceWorkerContainer.prototype, "getRegistrations", function getRegistrations() { return Promise.resolve([]); });
  }
  hide(self, "print", function print() {});
  hide(self, "open", function open() { return null; });
  // What deeds.js needs of the language, from before the page could change it.
  const { define, keys, create, apply, resolve, RealPromise, RealProxy } = {
    define: Object.defineProperty, keys: Object.keys, create: Object.create, apply: Reflect.apply,
    resolve: Promise.resolve.bind(Promise), RealPromise: Promise, RealProxy: Proxy,
  };
  const never = () => new RealPromise(() => {}), proxy = (target, handler) => new RealProxy(target, handler);
  const language = Object.freeze({ define, keys, create, apply, resolve, never, proxy, now: sinceOpened, primitive: Symbol.toPrimitive });
  Object.defineProperty(self, "\0relook", { value: language });
})();
