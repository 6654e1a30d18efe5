import type { Terminal } from "@xterm/xterm";

/**
 * A finger scrolls what is above the screen. A program with a screen of its own, or one that follows the mouse, gets the
 * wheel instead, of which xterm.js makes arrow keys or reports. Answers how to stop that.
 */
export function scrollByTouch(host: HTMLElement, terminal: Terminal): () => void {
  let at: { y: number; rest: number } | null = null;
  const rowHeight = () => (host.querySelector(".xterm-screen")?.clientHeight ?? 0) / terminal.rows || 16;
  const begin = (event: TouchEvent) => {
    const touch = event.touches.length === 1 ? event.touches[0] : undefined;
    at = touch ? { y: touch.clientY, rest: 0 } : null;
  };
  const move = (event: TouchEvent) => {
    const touch = event.touches[0];
    if (!at || !touch) return;
    const height = rowHeight();
    const total = at.rest + at.y - touch.clientY;
    const rows = Math.trunc(total / height);
    at = { y: touch.clientY, rest: total - rows * height };
    if (rows === 0) return;
    event.preventDefault();
    if (terminal.buffer.active.type === "normal" && terminal.modes.mouseTrackingMode === "none") {
      terminal.scrollLines(rows);
      return;
    }
    const wheel = { deltaY: Math.sign(rows) * height, clientX: touch.clientX, clientY: touch.clientY };
    for (let row = 0; row < Math.abs(rows); row++) {
      terminal.element?.dispatchEvent(new WheelEvent("wheel", { ...wheel, bubbles: true, cancelable: true }));
    }
  };
  const end = () => {
    at = null;
  };
  host.addEventListener("touchstart", begin, { passive: true });
  host.addEventListener("touchmove", move, { passive: false });
  host.addEventListener("touchend", end);
  host.addEventListener("touchcancel", end);
  return () => {
    host.removeEventListener("touchstart", begin);
    host.removeEventListener("touchmove", move);
    host.removeEventListener("touchend", end);
    host.removeEventListener("touchcancel", end);
  };
}
