// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { ListedAccount } from "../../store/administration";
import { listedAccounts } from "./account-order";

function account(name: string, fields: Partial<ListedAccount> = {}): ListedAccount {
  const [first_name = "", last_name = ""] = name.split(" ");
  return {
    account_id: name,
    first_name,
    last_name,
    email_address: `${first_name.toLowerCase()}@example.org`,
    administrator: false,
    disabled: false,
    created_at: "2026-01-01T00:00:00.000000Z",
    last_active_at: null,
    ...fields,
  };
}

const rows = [
  account("Bob Kahn", { last_active_at: "2026-03-01T00:00:00.000000Z", created_at: "2026-01-02T00:00:00.000000Z" }),
  account("Ada Lovelace", { administrator: true, last_active_at: "2026-03-02T00:00:00.000000Z" }),
  account("Émile Borel", { disabled: true, created_at: "2026-01-03T00:00:00.000000Z" }),
];
const shown = (choice: Partial<Parameters<typeof listedAccounts>[1]>) =>
  listedAccounts(rows, { search: "", shown: "all", order: "name", ...choice }).map((row) => row.first_name);

describe("the list of accounts", () => {
  it("is in the order that was chosen; who never came is last", () => {
    expect(shown({})).toEqual(["Ada", "Bob", "Émile"]);
    expect(shown({ order: "active" })).toEqual(["Ada", "Bob", "Émile"]);
    expect(shown({ order: "created" })).toEqual(["Émile", "Bob", "Ada"]);
  });

  it("is searched by name and address, every word", () => {
    expect(shown({ search: "LOVE ada" })).toEqual(["Ada"]);
    expect(shown({ search: "bob@EXAMPLE" })).toEqual(["Bob"]);
    expect(shown({ search: "ada kahn" })).toEqual([]);
    expect(shown({ shown: "administrators" })).toEqual(["Ada"]);
    expect(shown({ shown: "disabled" })).toEqual(["Émile"]);
  });

  it("of 10,000 is found in no time", () => {
    const many = Array.from({ length: 10_000 }, (_, n) => account(`Person${n} Tester`));
    const began = performance.now();
    expect(listedAccounts(many, { search: "person9999", shown: "all", order: "active" })).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
