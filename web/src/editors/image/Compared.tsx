import { useId, useRef, useState } from "react";
import type { Picture } from "./picture";
import { Stage } from "./Stage";
import type { Zoom } from "./zoom";

export type Mode = "beside" | "swipe" | "difference";
export const MODES: readonly { value: Mode; label: string }[] = [
  { value: "beside", label: "Side by side" },
  { value: "swipe", label: "Swipe" },
  { value: "difference", label: "Difference" },
];

interface ComparedProps {
  mode: Mode;
  one: Picture;
  other: Picture;
  names: readonly [string, string];
  zoom: Zoom;
  onZoom(zoom: Zoom): void;
  onScale(scale: number): void;
}

/** Two pictures: beside each other, one sliding over the other, or what differs (what is alike is black). */
export function Compared(props: ComparedProps) {
  const { mode, one, other, names, zoom, onZoom, onScale } = props;
  const places = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)] as const;
  const [part, setPart] = useState(50);
  const id = useId();
  if (mode === "beside") {
    return (
      <div className="image-beside">
        {[one, other].map((picture, index) => (
          <figure key={picture.url}>
            <figcaption className="truncate">{names[index]}</figcaption>
            <Stage
              label={names[index] ?? ""}
              picture={picture}
              zoom={zoom}
              onZoom={onZoom}
              onScale={index === 0 ? onScale : () => undefined}
              place={places[index === 0 ? 0 : 1]}
              along={places[index === 0 ? 1 : 0]}
            >
              {(size, scale) => <Drawn picture={picture} name={names[index] ?? ""} size={size} scale={scale} />}
            </Stage>
          </figure>
        ))}
      </div>
    );
  }
  const both = { width: Math.max(one.width, other.width), height: Math.max(one.height, other.height) };
  return (
    <div className="image-over">
      <Stage label={`${names[0]} and ${names[1]}`} picture={both} zoom={zoom} onZoom={onZoom} onScale={onScale}>
        {(_, scale) => (
          <>
            <Drawn picture={one} name={names[0]} size={scaled(one, scale)} scale={scale} />
            <div
              className={mode === "difference" ? "image-difference" : "image-swipe"}
              style={mode === "swipe" ? { clipPath: `inset(0 0 0 ${part}%)` } : undefined}
            >
              <Drawn picture={other} name={names[1]} size={scaled(other, scale)} scale={scale} />
            </div>
            {mode === "swipe" && <div className="image-swipe-line" style={{ left: `${part}%` }} />}
          </>
        )}
      </Stage>
      {mode === "swipe" && (
        <div className="image-slider">
          <label htmlFor={id}>
            {names[0]} left, {names[1]} right of
          </label>
          <input
            id={id}
            type="range"
            min={0}
            max={100}
            value={part}
            onChange={(event) => setPart(Number(event.currentTarget.value))}
          />
        </div>
      )}
    </div>
  );
}

const scaled = ({ width, height }: Picture, scale: number) => ({ width: width * scale, height: height * scale });

interface DrawnProps {
  picture: Picture;
  name: string;
  size: { width: number; height: number };
  scale: number;
}

export function Drawn({ picture, name, size, scale }: DrawnProps) {
  return (
    <img
      src={picture.url}
      alt={name}
      draggable={false}
      className={scale >= 3 ? "image-drawn pixels" : "image-drawn"}
      style={size}
    />
  );
}
