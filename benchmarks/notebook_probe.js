// Runs in the page that is measured: from an event of the person to what it changes, by one clock.
//
// `probe.arm(...)` waits for an event, such as the second press of "i", and from then on asks after every change of the
// page whether it shows what is waited for. `dom` is when it stood in the page, `frame` when the frame with it was drawn;
// both in milliseconds since the browser got the event, so that a page too busy to take it does not look quick.
(selectors) => {
  const visible = (element) => element.getClientRects().length > 0;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(visible);
  const inView = (element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < innerHeight;
  };
  const text = (element) => element?.textContent ?? "";

  const active = () => all(selectors.active)[0];
  const outputOf = (cell) => cell.querySelector(selectors.output);
  const promptOf = (cell) => text(cell.querySelector(selectors.prompt));
  let kernelElement;
  const kernel = () => {
    if (!kernelElement?.isConnected) kernelElement = all(selectors.kernel)[0];
    return (kernelElement?.getAttribute(selectors.kernelAttribute) ?? "").toLowerCase();
  };

  // What can be waited for; each makes a question that is cheap to ask again and again. Those of `perFrame` look at the
  // layout, which is free in a frame only.
  const questions = {
    output: () => {
      const cell = active();
      return () => text(outputOf(cell)).trim() === "2";
    },
    outputAnywhere: () => () => all(selectors.output).some((output) => text(output).trim() !== ""),
    outputAnew: () => {
      const last = () => text(all(selectors.output).at(-1)).trim();
      const before = last();
      return () => last() !== "" && last() !== before;
    },
    ran: () => {
      const cell = active();
      const before = promptOf(cell);
      let left = false;
      return () => {
        const now = promptOf(cell);
        left ||= now !== before;
        return left && !now.includes("*") && /\d/.test(now);
      };
    },
    idle: () => () => kernel().includes("idle"),
    idleAgain: () => {
      let left = false;
      return () => {
        const idle = kernel().includes("idle");
        left ||= !idle;
        return left && idle;
      };
    },
    completions: () => () => document.querySelector(selectors.completions) !== null,
    anything: () => () => true,
  };
  const perFrame = {
    // Text, a rendered cell and an output are in view, and there is an editor to type in. Asked where a person looks, down
    // the middle: to ask all cells of a large notebook in each frame would be most of what is measured.
    opened: () => {
      const before = new Set(document.querySelectorAll(selectors.cell));
      return () => {
        const cells = new Set();
        for (let y = 4; y < innerHeight; y += 24) {
          const cell = document.elementFromPoint(innerWidth * 0.6, y)?.closest(selectors.cell);
          if (cell && !before.has(cell)) cells.add(cell);
        }
        const seen = [...cells];
        const editor = (cell) => all(".cm-content[contenteditable=true]", cell)[0];
        return (
          seen.some((cell) => text(editor(cell)).trim() !== "") &&
          seen.some((cell) => text(outputOf(cell)) !== "") &&
          seen.some((cell) => cell.querySelector(selectors.rendered))
        );
      };
    },
    editor: () => () => all(".cm-content[contenteditable=true]").some(inView),
  };

  /** Asked now what is there before. */
  const ready = (until) => [until in perFrame, (perFrame[until] ?? questions[until])()];

  const measure = (began, [isPerFrame, question], resolve) => {
    const drawn = (dom) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve({ dom, frame: performance.now() - began });
      channel.port2.postMessage(null); // runs after the frame
    };
    if (isPerFrame) {
      const ask = () => (question() ? drawn(performance.now() - began) : requestAnimationFrame(ask));
      requestAnimationFrame(ask);
      return;
    }
    const observer = new MutationObserver(() => ask());
    const ask = () => {
      if (!question()) return;
      observer.disconnect();
      const dom = performance.now() - began;
      requestAnimationFrame(() => drawn(dom));
    };
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    ask();
  };

  const arm = ({ event = "keydown", key = null, times = 1, until }) => {
    if (event === "open") event = selectors.openedBy;
    let left = times;
    const asked = ready(until);
    window.measuring = new Promise((resolve) => {
      const heard = (happened) => {
        if ((key !== null && happened.key !== key) || --left > 0) return;
        window.removeEventListener(event, heard, true);
        measure(happened.timeStamp, asked, resolve);
      };
      window.addEventListener(event, heard, true);
    });
  };

  /** From now on, not from an event. */
  const wait = (until) => new Promise((resolve) => measure(performance.now(), ready(until), resolve));

  /** Times of frames, and how long tasks of more than 50 ms took. */
  const watchFrames = () => {
    const times = [];
    const long = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ type: "longtask" });
    let going = requestAnimationFrame(function draw(at) {
      times.push(at);
      going = requestAnimationFrame(draw);
    });
    window.stopFrames = () => {
      cancelAnimationFrame(going);
      observer.disconnect();
      return [times, long];
    };
  };

  const middle = () => {
    const { left, top, width, height } = all(selectors.notebook)[0].getBoundingClientRect();
    return [left + width / 2, Math.max(top, 0) + Math.min(height, innerHeight) / 2];
  };

  /** Keys here, and growth of the text there: one list of times each, in milliseconds of the machine's clock. */
  const now = (at) => performance.timeOrigin + at;
  const watchKeys = (key) => {
    window.keyTimes = [];
    const heard = (event) => event.key === key && window.keyTimes.push(now(event.timeStamp));
    window.addEventListener("keydown", heard, true);
  };
  const watchText = (index, letter) => {
    const content = all(selectors.cell)[index].querySelector(".cm-content");
    const count = () => text(content).split(letter).length - 1;
    let known = count();
    window.textTimes = [];
    new MutationObserver(() => {
      for (const is = count(); known < is; known++) window.textTimes.push(now(performance.now()));
    }).observe(content, { subtree: true, childList: true, characterData: true });
  };

  window.probe = { arm, wait, watchFrames, watchKeys, watchText, middle, active, outputOf };
}
