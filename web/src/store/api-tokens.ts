import { sendJson } from "../net/api";
import type { MadeToken, NewToken, TokenScope } from "../protocol/generated";
import type { Row } from "./live-table";
import type { TableQuery, TableStore } from "./tables";

/** A token by which scripts act for me. */
export interface ApiTokenRow {
  account_id: string;
  token_id: string;
  name: string;
  scope: TokenScope;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export const MY_API_TOKENS: TableQuery<ApiTokenRow> = {
  table: "api_tokens",
  fields: {
    account_id: "{account_id}",
    token_id: null,
    name: null,
    scope: null,
    created_at: null,
    expires_at: null,
    last_used_at: null,
  },
  key: ["account_id", "token_id"],
  compare: (a, b) => b.created_at.localeCompare(a.created_at) || a.token_id.localeCompare(b.token_id),
};

/** Makes a token. The answer is the only one that holds it. */
export function makeApiToken(body: NewToken): Promise<MadeToken> {
  return sendJson<MadeToken>("POST", "/api/tokens", body);
}

/** Ends a token of mine, for good. */
export function deleteApiToken(store: TableStore, token: ApiTokenRow): Promise<Row> {
  return store.write("api_tokens", { account_id: token.account_id, token_id: token.token_id }, { delete: true });
}
