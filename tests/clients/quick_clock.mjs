// Import first: with STUDIUM_TEST_SPEED=10, ten seconds of timers and `Date.now` pass in one, so that what a client does
// after half a minute of silence is seen in three seconds. `after` keeps to real time.
const speed = Number(process.env.STUDIUM_TEST_SPEED ?? 1);
export const after = globalThis.setTimeout;
if (speed !== 1) {
  const { now } = Date;
  const start = now();
  Date.now = () => start + (now() - start) * speed;
  for (const name of ["setTimeout", "setInterval"]) {
    const real = globalThis[name];
    globalThis[name] = (call, milliseconds, ...rest) => real(call, milliseconds / speed, ...rest);
  }
}
