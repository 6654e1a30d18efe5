import type { Role } from "../../protocol/generated";

/** The roles as people read them, most common first. */
export const ROLES: readonly { value: Role; label: string }[] = [
  { value: "collaborator", label: "Can edit" },
  { value: "viewer", label: "Can look" },
  { value: "owner", label: "Owner" },
];

/** Those that one gives to somebody who comes in. */
export const GIVEN_ROLES = ROLES.filter((role) => role.value !== "owner");

export function roleWords(role: Role): string {
  return ROLES.find((known) => known.value === role)?.label ?? role;
}
