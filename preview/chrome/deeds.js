// Runs in the page's own world before it is probed. It tells what a page does that
// its document does not show (a window that would open, a sound, a drawing on a
// canvas), and answers in place of what a page without a person can't have. It
// takes the name of the binding that hears it.
(name) => {
  // The page may have put its own in place of all that has a name. Array iterators
  // and methods are the page's as well, so none is used.
  const { define, keys, create, apply, resolve, never, proxy, now, primitive } = self["\0relook"];
  const said = self[name];
  delete self[name];
  const last = create(null);
  let left = 2000;
  // Once for each kind and instant of page time: drawing takes many calls.
  const tell = (kind) => {
    const at = now();
    if (last[kind] === at || left-- <= 0) return;
    last[kind] = at;
    said(kind);
  };
  // hollow answers everything with itself, as a window that opened would.
  const hollow = proxy(function () {}, {
    get: (_, key) => (key === "then" ? undefined : key === primitive ? () => "" : key === "closed" ? false : hollow),
    apply: () => hollow, construct: () => hollow, set: () => true,
  });
  const put = (of, key, value) => {
    try {
      define(of, key, { value, writable: true, configurable: true });
    } catch {
      // frozen by the page: then this one is not told
    }
  };
  // note tells a call and makes it; instead tells it and answers for it.
  const note = (of, kind, ...names) => {
    for (let i = 0; i < names.length; i++) {
      let real;
      try {
        real = of && of[names[i]];
      } catch {
        continue; // of the page's making
      }
      if (typeof real === "function") put(of, names[i], function (...args) { tell(kind); return apply(real, this, args); });
    }
  };
  const instead = (of, kind, answers) => {
    const names = keys(answers);
    for (let i = 0; i < names.length; i++) {
      const answer = answers[names[i]];
      if (of && names[i] in of) put(of, names[i], function () { tell(kind); return answer(); });
    }
  };
  const own = (type) => {
    try {
      return self[type];
    } catch {
      return undefined; // of the page's making
    }
  };
  const proto = (type) => own(type) && own(type).prototype;
  const done = () => resolve(), nothing = () => undefined;

  instead(self, "window", { open: () => hollow, close: nothing });
  instead(proto("History"), "navigation", { back: nothing, forward: nothing, go: nothing });
  instead(self, "print", { print: nothing });
  instead(proto("Element"), "fullscreen", { requestFullscreen: done, webkitRequestFullscreen: done, requestPointerLock: done });
  instead(proto("Document"), "fullscreen", { exitFullscreen: done });
  instead(proto("Clipboard"), "clipboard", { writeText: done, write: done, readText: () => resolve(""), read: () => resolve([]) });
  instead(proto("Document"), "clipboard", { execCommand: () => true });
  instead(proto("Navigator"), "share", { share: done, canShare: () => true, vibrate: () => true, sendBeacon: () => true });
  instead(proto("MediaDevices"), "device", { getUserMedia: never, getDisplayMedia: never });
  instead(proto("Geolocation"), "device", { getCurrentPosition: nothing, watchPosition: () => 1 });
  instead(self, "device", { showOpenFilePicker: never, showSaveFilePicker: never, showDirectoryPicker: never });
  instead(own("Notification"), "notification", { requestPermission: () => resolve("granted") });
  instead(proto("HTMLInputElement"), "picker", { showPicker: nothing });
  instead(proto("HTMLSelectElement"), "picker", { showPicker: nothing });
  instead(proto("HTMLMediaElement"), "sound", { play: done });
  instead(proto("SpeechSynthesis"), "sound", { speak: nothing });

  note(proto("HTMLMediaElement"), "sound", "pause", "load");
  note(proto("AudioScheduledSourceNode"), "sound", "start", "stop");
  note(proto("OscillatorNode"), "sound", "start", "stop");
  note(proto("BaseAudioContext"), "sound", "createBufferSource", "createOscillator");
  note(proto("AudioContext"), "sound", "resume", "suspend");
  note(proto("Storage"), "storage", "setItem", "removeItem", "clear");
  note(proto("IDBFactory"), "storage", "open", "deleteDatabase");
  note(proto("CookieStore"), "storage", "set", "delete");
  note(proto("WebSocket"), "message", "send");
  note(proto("Worker"), "message", "postMessage");
  note(proto("MessagePort"), "message", "postMessage");
  note(proto("BroadcastChannel"), "message", "postMessage");
  note(self, "message", "postMessage");
  note(own("URL"), "download", "createObjectURL");
  note(proto("CSSStyleSheet"), "style", "insertRule", "deleteRule", "replace", "replaceSync");
  note(proto("Element"), "style", "animate");
  note(proto("Animation"), "style", "play", "pause", "reverse", "cancel", "finish");
  note(proto("CanvasRenderingContext2D"), "drawing", "fillRect", "clearRect", "drawImage", "stroke", "fill", "fillText", "strokeRect", "strokeText", "putImageData");
  note(proto("WebGLRenderingContext"), "drawing", "drawArrays", "drawElements", "clear");
  note(proto("WebGL2RenderingContext"), "drawing", "drawArrays", "drawElements", "clear");
  note(proto("OffscreenCanvas"), "drawing", "transferToImageBitmap");
}
