import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import { HUBS, type LimitName, setLimit } from "../../store/administration";
import { SITE_SETTINGS } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import {
  ACCOUNT_FIELDS,
  DEFAULTS,
  IDLE_FIELDS,
  type LimitField,
  limitWithUnit,
  PROJECT_FIELDS,
  parseLimit,
  shownLimit,
} from "./limits";

const FIELDS = [...IDLE_FIELDS, ...PROJECT_FIELDS, ...ACCOUNT_FIELDS];
type Typed = Partial<Record<LimitName, string>>;

/** What projects may take, for the whole site. */
export function LimitsSection() {
  const store = useTables();
  const settings = useTable(SITE_SETTINGS);
  const [typed, setTyped] = useState<Typed>({});
  const [problems, setProblems] = useState<Typed>({});
  const [busy, setBusy] = useState(false);
  const defaults = useDefaults();
  const stored = (field: LimitField): number | null => {
    const value = settings.rows.find((row) => row.name === field.name)?.value;
    return typeof value === "number" ? value : null;
  };
  const shown = (field: LimitField): string => {
    const value = stored(field);
    return typed[field.name] ?? (value === null ? "" : shownLimit(field, value));
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const wrong: Typed = {};
    const left: Typed = {};
    let changed = 0;
    for (const field of FIELDS) {
      const text = typed[field.name];
      if (text === undefined) continue;
      try {
        const value = parseLimit(field, text);
        if (value !== stored(field)) {
          await setLimit(store, field.name, value);
          changed += 1;
        }
      } catch (error) {
        wrong[field.name] = sentence(error);
        left[field.name] = text;
      }
    }
    setProblems(wrong);
    setTyped(left);
    setBusy(false);
    if (changed > 0) toast(changed === 1 ? "The limit is changed." : `${changed} limits are changed.`);
  };
  const fields = (group: readonly LimitField[]) =>
    group.map((field) => (
      <TextField
        key={field.name}
        label={field.label}
        inputMode="decimal"
        value={shown(field)}
        onChange={(text) => {
          setTyped({ ...typed, [field.name]: text });
          setProblems({ ...problems, [field.name]: undefined });
        }}
        hint={hint(field, defaults[field.name])}
        {...(defaults[field.name] === undefined
          ? {}
          : { placeholder: shownLimit(field, defaults[field.name] as number) })}
        {...(problems[field.name] ? { error: problems[field.name] as string } : {})}
      />
    ));
  if (!settings.loaded) return <Skeleton lines={6} label="Loading the limits" />;
  return (
    <Form className="stack limits" onSubmit={save}>
      <h2>Limits</h2>
      {settings.error && <Notice kind="danger">{settings.error.message}</Notice>}
      <p className="secondary">An empty field means the default.</p>
      <section className="stack" aria-labelledby="limits-idle">
        <h3 id="limits-idle">Projects that nobody uses</h3>
        <p className="secondary">
          Everybody who has the project open is warned five minutes before. All work is saved, and opening the project
          starts it again. This holds at once.
        </p>
        {fields(IDLE_FIELDS)}
      </section>
      <section className="stack" aria-labelledby="limits-project">
        <h3 id="limits-project">What one project may take</h3>
        <p className="secondary">Holds for projects that start from now on.</p>
        {fields(PROJECT_FIELDS)}
      </section>
      <section className="stack" aria-labelledby="limits-account">
        <h3 id="limits-account">What one account may have</h3>
        {fields(ACCOUNT_FIELDS)}
      </section>
      <div>
        <Button type="submit" look="primary" isPending={busy} isDisabled={Object.keys(typed).length === 0}>
          Save limits
        </Button>
      </div>
    </Form>
  );
}

function hint(field: LimitField, standard: number | undefined): string {
  return standard === undefined ? field.hint : `${field.hint} Default: ${limitWithUnit(field, standard)}.`;
}

/** What holds where nothing is set; of a project's limits, what the first hub was configured with. */
function useDefaults(): Partial<Record<LimitName, number>> {
  const configured = useTable(HUBS).rows[0]?.project_limits;
  const { memory_bytes, cpu_cores, processes } = configured ?? {};
  return {
    ...DEFAULTS,
    ...(memory_bytes === undefined ? {} : { project_memory_bytes: memory_bytes }),
    ...(cpu_cores === undefined ? {} : { project_cores: cpu_cores }),
    ...(processes === undefined ? {} : { project_processes: processes }),
  };
}
