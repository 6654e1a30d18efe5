import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useProject } from "../project/context";
import { count } from "../words";

/** Asks before something is deleted that cannot be brought back. */
export function EmptyTrashDialog({ trashIds }: { trashIds: readonly string[] | null }) {
  const { manager } = useProject();
  const close = () => manager.emptying.set(null);
  const what = trashIds === null ? "everything in the trash" : count(trashIds.length, "item");
  return (
    <Dialog title={trashIds === null ? "Empty the trash?" : `Delete ${what} for good?`} isOpen onClose={close}>
      <p>This deletes {what} for everybody in the project. It cannot be undone.</p>
      <div className="dialog-acts">
        <Button onPress={close}>Keep</Button>
        <Button
          look="danger"
          autoFocus
          onPress={() => {
            close();
            void manager.emptyTrash(trashIds);
          }}
        >
          {trashIds === null ? "Empty the trash" : "Delete for good"}
        </Button>
      </div>
    </Dialog>
  );
}
