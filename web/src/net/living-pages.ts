/**
 * Which pages of this browser still live. Each holds a Web Lock under its name, which goes with the page, also when that
 * crashes. Where there are no locks (plain HTTP from another machine), every other page counts as gone.
 */
const PREFIX = "studium-page:";
const WAIT_MS = 2_000;

export class LivingPages {
  /** The name of this page. */
  readonly own = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

  constructor() {
    void locks()
      ?.request(PREFIX + this.own, () => new Promise<never>(() => undefined))
      .catch(() => undefined);
  }

  async living(): Promise<Set<string>> {
    try {
      const { held = [], pending = [] } = (await locks()?.query()) ?? {};
      const names = [...held, ...pending].map((lock) => lock.name ?? "");
      return new Set(names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)));
    } catch {
      return new Set();
    }
  }

  /** Runs `act` while no other page runs one of the same name; a page that sleeps in its own is not waited for long. */
  async alone<T>(name: string, act: () => Promise<T>): Promise<T> {
    const there = locks();
    if (!there) return await act();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), WAIT_MS);
    let begun = false;
    try {
      const once = () => {
        begun = true;
        clearTimeout(timer);
        return act();
      };
      return (await there.request(`studium: ${name}`, { signal: patience.signal }, once)) as T;
    } catch (error) {
      if (begun) throw error;
      return await act();
    } finally {
      clearTimeout(timer);
    }
  }
}

const locks = (): LockManager | undefined => globalThis.navigator?.locks;
