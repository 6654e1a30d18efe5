import type { Presence } from "../editors/types";
import { pictureUrl } from "../store/profile";
import type { AvatarProps } from "../ui/Avatar";
import { fullName } from "./words";

/** What an avatar shows of somebody. */
export type Face = Pick<AvatarProps, "name" | "colour" | "picture">;

/** The face of an account, or of somebody in a project. */
export function faceOf(person: {
  account_id: string;
  first_name: string;
  last_name: string;
  colour: number;
  avatar?: string | null;
}): Face {
  return { name: fullName(person), colour: person.colour, picture: pictureUrl(person.account_id, person.avatar) };
}

/** The face of somebody in a document. */
export function faceOfPresence(person: Presence): Face {
  return { name: person.name, colour: person.colour, picture: pictureUrl(person.accountId, person.avatar) };
}
