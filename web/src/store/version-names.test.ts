import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError, type sendJson } from "../net/api";
import type { NamedVersion, NamedVersions } from "../protocol/generated";
import type { GetJson } from "./document-history";
import { namedWithin, VersionNames } from "./version-names";

const named = (version: number, name = `name ${version}`): NamedVersion => ({
  named_version_id: `${version} ${name}`,
  version,
  name,
  named_at: 0,
  version_at: 0,
  account_id: null,
});

const answer = (...versions: NamedVersion[]): NamedVersions => ({ history_id: "h1", named_versions: versions });

/** A server whose answers the test gives one by one. */
function scripted() {
  const asked: { what: unknown; answer(value: NamedVersions | ApiError): void }[] = [];
  const ask = (what: unknown): Promise<never> =>
    new Promise((resolve, reject) => {
      const answer = (value: NamedVersions | ApiError) =>
        value instanceof ApiError ? reject(value) : resolve(value as never);
      asked.push({ what, answer });
    });
  const get = ((path: string) => ask(path)) as GetJson;
  const send = ((method: string, path: string, body: unknown) => ask([method, path, body])) as typeof sendJson;
  return { asked, names: new VersionNames("p", () => "/history", get, send) };
}

describe("the names of versions", () => {
  it("are asked for, and changed by acts that answer all of them", async () => {
    const { asked, names } = scripted();
    const first = names.refresh();
    expect(asked[0]?.what).toBe("/history");
    asked[0]?.answer(answer(named(3)));
    await first;
    expect(names.named.get().map(({ name }) => name)).toEqual(["name 3"]);
    expect(names.historyId).toBe("h1");
    const act = names.name("h1", 5, "draft");
    expect(asked[1]?.what).toEqual([
      "POST",
      "/projects/p/named-versions",
      { type: "name", history_id: "h1", version: 5, name: "draft" },
    ]);
    asked[1]?.answer(answer(named(5, "draft"), named(3)));
    await act;
    expect(names.named.get().map(({ name }) => name)).toEqual(["draft", "name 3"]);
  });

  it("are those of the answer that was asked for last", async () => {
    const { asked, names } = scripted();
    const refresh = names.refresh();
    const act = names.remove(named(3));
    asked[1]?.answer(answer());
    asked[0]?.answer(answer(named(3)));
    await Promise.all([refresh, act]);
    expect(names.named.get()).toEqual([]);
  });

  it("stay when an act is refused, which tells why, or when they cannot be had", async () => {
    const { asked, names } = scripted();
    const first = names.refresh();
    asked[0]?.answer(answer(named(3)));
    await first;
    const act = names.rename(named(3), "taken");
    asked[1]?.answer(new ApiError({ code: "conflict", message: "“taken” is the name of version 3 already." }));
    await expect(act).rejects.toThrow("“taken” is the name of version 3 already.");
    const again = names.refresh();
    asked[2]?.answer(new ApiError({ code: "unavailable", message: "Not now." }));
    await again;
    expect(names.named.get()).toEqual([named(3)]);
  });
});

describe("the named versions of a burst", () => {
  it("are those within it, in their order", () => {
    const versions = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 });
    fc.assert(
      fc.property(versions, fc.integer({ min: 0, max: 52 }), fc.integer({ min: 0, max: 52 }), (all, a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const list = all.sort((x, y) => y - x).map((version, index) => named(version, String(index)));
        expect(namedWithin(list, first, last)).toEqual(
          list.filter(({ version }) => first <= version && version <= last),
        );
      }),
    );
  });
});
