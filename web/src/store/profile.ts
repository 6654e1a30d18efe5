import { ApiError, request } from "../net/api";
import type { Row } from "./live-table";
import type { TableStore } from "./tables";

/** The side of a picture, in pixels: twice the largest place where one is shown. */
export const PICTURE_SIDE = 128;
const MAX_FILE_BYTES = 30_000_000;

/** Where somebody's picture is; undefined for somebody without one. */
export function pictureUrl(accountId: string, avatar: string | null | undefined): string | undefined {
  if (!avatar || !/^[0-9a-f]+$/.test(avatar)) return undefined;
  return `/api/avatars/${encodeURIComponent(accountId)}/${avatar}`;
}

export function changeColour(store: TableStore, accountId: string, colour: number): Promise<Row> {
  return store.write("accounts", { account_id: accountId, colour });
}

/** Sends the middle of an image file as my picture. */
export async function sendPicture(file: Blob): Promise<void> {
  await request("/api/avatar", { method: "PUT", body: await squarePicture(file) });
}

export function removePicture(store: TableStore, accountId: string): Promise<Row> {
  return store.write("accounts", { account_id: accountId, avatar: null });
}

/** The largest square in the middle of a picture: where it begins and its side. */
export function middleSquare(width: number, height: number): { x: number; y: number; side: number } {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

async function squarePicture(file: Blob): Promise<Blob> {
  if (file.size > MAX_FILE_BYTES) throw refused("This file is larger than 30 MB. Choose a smaller picture.");
  const image = await createImageBitmap(file).catch(() => {
    throw refused("This file cannot be read as a picture. Choose a PNG, JPEG or WebP file.");
  });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PICTURE_SIDE;
  const context = canvas.getContext("2d", { alpha: false }); // without transparency it is small in every format
  if (!context) throw refused("This browser cannot scale pictures. Try another one.");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, PICTURE_SIDE, PICTURE_SIDE);
  context.imageSmoothingQuality = "high";
  const { x, y, side } = middleSquare(image.width, image.height);
  context.drawImage(image, x, y, side, side, 0, 0, PICTURE_SIDE, PICTURE_SIDE);
  image.close();
  // A browser that cannot write WebP writes PNG.
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/webp", 0.9));
  if (!picture) throw refused("This browser could not write the picture. Try another one.");
  return picture;
}

function refused(message: string): ApiError {
  return new ApiError({ code: "invalid_value", message });
}
