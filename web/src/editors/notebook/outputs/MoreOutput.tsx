import { useRef, useState } from "react";
import { request, sentence } from "../../../net/api";
import { Button } from "../../../ui/Button";
import { bytesWords } from "../kernel-words";
import type { Beyond } from "./beyond";
import { blobUrl } from "./blobs";
import { TextOutput } from "./TextOutput";

/** So many bytes are fetched at once. */
const PORTION_BYTES = 1_000_000;
const TEXT = "text/plain";

/** The rest of a long output: fetched in portions, when it is asked for. */
export function MoreOutput({ beyond, projectId }: { beyond: Beyond; projectId: string }) {
  const { id, bytes, kept } = beyond;
  const url = blobUrl(projectId, id, TEXT);
  const [text, setText] = useState("");
  const [fetched, setFetched] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(false);
  // A portion may end within a character.
  const decoder = useRef(new TextDecoder());
  const fetchMore = async () => {
    setWaiting(true);
    setProblem(null);
    try {
      const range = `bytes=${fetched}-${fetched + PORTION_BYTES - 1}`;
      const answer = await request(url, { headers: { Range: range } });
      const portion = new Uint8Array(await answer.arrayBuffer());
      setText((before) => before + decoder.current.decode(portion, { stream: true }));
      setFetched((before) => before + portion.length);
    } catch (error) {
      setProblem(sentence(error));
    }
    setWaiting(false);
  };
  return (
    <div className="output-beyond">
      {text !== "" && <TextOutput text={text} label="More output" />}
      <p className="output-more">
        <span className="secondary">
          {fetched === 0
            ? `${bytesWords(bytes)} more of output`
            : `${bytesWords(fetched)} of ${bytesWords(bytes)} more`}
          {kept < bytes && `, ${bytesWords(kept)} of it kept`}
        </span>
        {fetched < kept && (
          <Button look="plain" isDisabled={waiting} onPress={() => void fetchMore()}>
            {fetched === 0 ? "Show it" : "Show more"}
          </Button>
        )}
        {kept > 0 && (
          <a className="button plain" href={url} download="output.txt">
            Download
          </a>
        )}
      </p>
      {problem !== null && (
        <p className="output-problem" role="status">
          {problem}
        </p>
      )}
    </div>
  );
}
