import { ChevronLeft, ChevronRight, Pause, Play, Tag } from "lucide-react";
import type { Ref } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import type { HistoryList } from "../../store/document-history";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { PHONE, useMedia } from "../../ui/use-media";
import { PACES, type Pace } from "./use-play";

interface TimeBarProps {
  list: HistoryList;
  version: number;
  mayName: boolean;
  /** Who made it and when, for the slider. */
  said: string;
  slider: Ref<HTMLInputElement>;
  playing: boolean;
  pace: Pace;
  setPace(pace: Pace): void;
  play(): void;
  earlier(): void;
  later(): void;
  slide(version: number): void;
  /** The version that it is compared with, when that has a slider of its own. */
  compared: number | null;
  slideCompared(version: number): void;
}

/** The slider over all versions, stepping by bursts, and the film. */
export function TimeBar(props: TimeBarProps) {
  const { list, version, said, slider, playing, pace, setPace, play, earlier, later, slide } = props;
  const { compared, slideCompared, mayName } = props;
  // On a phone it is in the menu.
  const phone = useMedia(PHONE);
  const earlierKey = useKeyOf("history.earlier");
  const laterKey = useKeyOf("history.later");
  const playKey = useKeyOf("history.play");
  const nameKey = useKeyOf("history.name");
  return (
    <>
      <div className="history-time">
        <IconButton label="Earlier change" shortcut={earlierKey} isDisabled={version <= 1} onPress={earlier}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton
          label={playing ? "Pause" : "Play the changes"}
          shortcut={playKey}
          isDisabled={list.version < 2}
          onPress={play}
        >
          {playing ? <Pause aria-hidden /> : <Play aria-hidden />}
        </IconButton>
        <IconButton label="Later change" shortcut={laterKey} isDisabled={version >= list.version} onPress={later}>
          <ChevronRight aria-hidden />
        </IconButton>
        <input
          ref={slider}
          className="history-slider"
          type="range"
          aria-label="Version"
          min={1}
          max={Math.max(1, list.version)}
          step={1}
          value={Math.max(1, version)}
          aria-valuetext={`version ${version} of ${list.version}${said}`}
          onChange={(event) => slide(event.currentTarget.valueAsNumber)}
        />
        <span className="history-count numbers secondary">{`of ${list.version.toLocaleString("en")}`}</span>
        {mayName && !phone && (
          <IconButton label="Name this version" shortcut={nameKey} onPress={() => void commands.run("history.name")}>
            <Tag aria-hidden />
          </IconButton>
        )}
        {!phone && (
          <div className="history-pace">
            <Select<Pace> label="Speed of playing" hideLabel value={pace} choices={PACES} onChange={setPace} />
          </div>
        )}
      </div>
      {compared !== null && (
        <div className="history-time">
          <span className="history-against secondary numbers">{`Compared with ${compared.toLocaleString("en")}`}</span>
          <input
            className="history-slider"
            type="range"
            aria-label="Compared with version"
            min={0}
            max={Math.max(1, list.version)}
            step={1}
            value={compared}
            aria-valuetext={compared === 0 ? "the empty text" : `version ${compared} of ${list.version}`}
            onChange={(event) => slideCompared(event.currentTarget.valueAsNumber)}
          />
        </div>
      )}
    </>
  );
}
