import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { sentence } from "../../net/api";
import { changeColour, pictureUrl, removePicture, sendPicture } from "../../store/profile";
import { MY_ACCOUNT } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Swatches } from "../../ui/Swatches";
import { fullName } from "../words";

/** How others see a person: their picture, and the colour of their cursor. Both take effect at once, everywhere. */
export function ProfileForm() {
  const store = useTables();
  const account = useTable(MY_ACCOUNT).rows[0];
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!account) return null;
  const send = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    setProblem(null);
    try {
      await sendPicture(file);
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  const own = pictureUrl(account.account_id, account.avatar);
  return (
    <section className="stack">
      <h2>Picture and colour</h2>
      <div className="picture-form">
        <Avatar name={fullName(account)} colour={account.colour} picture={own} size="large" />
        <FileTrigger
          acceptedFileTypes={["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"]}
          onSelect={(files) => void send(files?.[0])}
        >
          <Button isPending={busy}>{own ? "Change picture" : "Choose picture"}</Button>
        </FileTrigger>
        {own && (
          <Button look="plain" onPress={() => removePicture(store, account.account_id).catch(() => {})}>
            Remove picture
          </Button>
        )}
      </div>
      {problem && <Notice kind="danger">{problem}</Notice>}
      <Swatches
        label="Colour of your cursor"
        value={account.colour}
        onChange={(colour) => changeColour(store, account.account_id, colour).catch(() => {})}
      />
    </section>
  );
}
