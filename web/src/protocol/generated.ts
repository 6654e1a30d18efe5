// Made by scripts/generate_protocol.py from src/studium/protocol. Change that and run `make protocol`.

/** What an API token may do: all that its account may, or only read. */
export type TokenScope =
  | "full"
  | "read_only";

/** ``POST /api/tokens``: make an API token. ``days`` from now it ends, 1–365; null for one that does not end. */
export interface NewToken {
  name: string;
  scope: TokenScope;
  days: number | null;
}

/** The answer: ``token`` is shown this once. ``token_id`` is its row in the table ``api_tokens``. */
export interface MadeToken {
  token_id: string;
  token: string;
}

/**
 * The answer of ``PUT /api/avatar``: the hash of the picture, which is at
 * ``/api/avatars/{account_id}/{avatar}`` for as long as the account has it.
 */
export interface Avatar {
  avatar: string;
}

/**
 * ``POST /api/account/deletion``: delete one's account, for good. Refused with ``conflict`` for the last
 * administrator, and while one is the only owner of a project that others are in; then ``data.projects`` is a list of
 * ``{"project_id", "title"}``.
 */
export interface DeleteAccount {
  password: string;
}

/** What an event is about; ``project_log.kind``. */
export type LogKind =
  | "files"
  | "people"
  | "project"
  | "runs";

/**
 * What happened; ``project_log.event``. ``document_run`` and ``document_built`` wait for what runs and builds;
 * ``notice`` is in no log: it is a word to one person.
 */
export type LogEvent =
  | "file_opened"
  | "file_edited"
  | "file_created"
  | "file_uploaded"
  | "file_renamed"
  | "file_deleted"
  | "file_restored"
  | "person_added"
  | "role_changed"
  | "person_joined"
  | "person_left"
  | "person_removed"
  | "project_created"
  | "title_changed"
  | "description_changed"
  | "project_archived"
  | "project_unarchived"
  | "project_deleted"
  | "project_restored"
  | "start_requested"
  | "stop_requested"
  | "restart_requested"
  | "project_started"
  | "project_stopped"
  | "project_failed"
  | "document_run"
  | "document_built"
  | "notice";

/**
 * What somebody is told of; ``notifications.kind``. ``notice``: what a program of theirs wanted them to know.
 * ``mentioned`` waits for chats.
 */
export type NotificationKind =
  | "file_edited"
  | "added_to_project"
  | "role_changed"
  | "mentioned"
  | "notice";

/**
 * One thing that a person did to a file. Times are Unix seconds. An edit goes on ``until`` and is reported again
 * under the same id while it does, ``ended`` at the end; ``to`` is the new path of what was renamed, ``text`` what a
 * notice says to the person.
 */
export interface FileReport {
  log_id: LogId;
  event: LogEvent;
  account_id: AccountId;
  path: string;
  at: number;
  until: number;
  ended?: boolean;
  to?: string | null;
  text?: string | null;
}

/** ``POST /activity``: the batch ``taken`` is in the database; send the next, and ``wait`` until there is one. */
export interface TakeReports {
  taken?: string | null;
  wait?: boolean;
}

/** The answer: reports that are sent again until their batch is named as taken. */
export interface ReportBatch {
  batch: string;
  reports: FileReport[];
}

export const SUBPROTOCOL = "studium.v1";

/** First varuint of each message on a document's socket. */
export const MessageType = {
  SYNC: 0,
  AWARENESS: 1,
  AUTH: 2,
  QUERY_AWARENESS: 3,
  CONTROL: 100,
} as const;

/** Second varuint of a ``SYNC`` message. */
export const SyncType = {
  STEP_1: 0,
  STEP_2: 1,
  UPDATE: 2,
} as const;

/** What the file is known to be: ``absent`` is not an error, ``unknown`` is. */
export type DiskStatus =
  | "content"
  | "absent"
  | "unknown";

/**
 * How a document holds its content: ``text`` in one shared text, ``notebook`` in cells. A file that is named as a
 * notebook and is no valid one is a text.
 */
export type DocumentFormat =
  | "text"
  | "notebook";

/**
 * The first message of a connection.
 *
 * ``version`` is the sequence number of the newest update in the log, ``saved_version`` that which the file holds.
 * A client that holds another ``history_id`` for this path must not merge: it starts afresh and re-enters its
 * unacknowledged text as an edit. ``format_reason`` says why a file is not of the format that its name promises.
 */
export interface Hello {
  type: "hello";
  history_id: HistoryId;
  version: number;
  saved_version: number;
  read_only: boolean;
  read_only_reason?: string | null;
  format?: DocumentFormat;
  format_reason?: string | null;
}

/**
 * The first ``count`` sync messages of types 1 and 2 that this connection sent are committed to the log, the last
 * at ``version``.
 */
export interface Acknowledged {
  type: "acknowledged";
  count: number;
  version: number;
}

/** The file on disk holds every update up to ``version``. */
export interface Saved {
  type: "saved";
  version: number;
}

/** The file could not be written; editing goes on and the save is tried again. ``error`` says why and what to do. */
export interface NotSaved {
  type: "not_saved";
  error: ErrorBody;
  disk: DiskStatus;
}

/**
 * The document lives at ``path``: it was renamed, or is not where it was asked for. This connection goes on, the
 * next one goes there.
 */
export interface Moved {
  type: "moved";
  path: string;
}

/**
 * Versions of the document's history were named, or names were changed or taken away: ask for ``NamedVersions``
 * when they are shown.
 */
export interface NamesChanged {
  type: "names_changed";
}

/** The document cannot be served; the socket is closed after this with the code of ``error``. */
export interface Failed {
  type: "failed";
  error: ErrorBody;
}

/** From the client: write the file now. The answer is ``Saved`` or ``NotSaved``. */
export interface SaveNow {
  type: "save_now";
}

export type ControlToClient = Hello | Acknowledged | Saved | NotSaved | Moved | NamesChanged | Failed;

export type ControlToServer = SaveNow;

/** Stable names of everything that can go wrong; each has one HTTP status in ``HTTP_STATUS``. */
export type ErrorCode =
  | "invalid_request"
  | "invalid_query"
  | "invalid_value"
  | "invalid_path"
  | "missing_key"
  | "no_such_table"
  | "no_such_field"
  | "get_not_allowed"
  | "set_not_allowed"
  | "not_signed_in"
  | "wrong_credentials"
  | "not_permitted"
  | "wrong_origin"
  | "sign_up_closed"
  | "not_found"
  | "conflict"
  | "not_text"
  | "not_notebook"
  | "too_large"
  | "too_many_feeds"
  | "rate_limited"
  | "internal"
  | "disk_full"
  | "timeout"
  | "unavailable"
  | "project_not_running";

export const HTTP_STATUS: Record<ErrorCode, number> = {
  invalid_request: 400,
  invalid_query: 400,
  invalid_value: 400,
  invalid_path: 400,
  missing_key: 400,
  no_such_table: 400,
  no_such_field: 400,
  get_not_allowed: 403,
  set_not_allowed: 403,
  not_signed_in: 401,
  wrong_credentials: 401,
  not_permitted: 403,
  wrong_origin: 403,
  sign_up_closed: 403,
  not_found: 404,
  conflict: 409,
  not_text: 415,
  not_notebook: 415,
  too_large: 413,
  too_many_feeds: 429,
  rate_limited: 429,
  internal: 500,
  disk_full: 507,
  timeout: 504,
  unavailable: 503,
  project_not_running: 503,
};

/**
 * What travels: ``{"code": "not_found", "message": "There is no file notes.md.", "data": {"path": "notes.md"}}``.
 *
 * ``message`` names the thing and the next step, in words that a student understands.
 */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  data?: Record<string, unknown>;
}

/** The body of every HTTP answer with a status of 400 or above. */
export interface ErrorAnswer {
  error: ErrorBody;
}

/**
 * What a notebook can be exported as; the names are those of nbconvert. ``script`` is the code alone, as a program
 * in the notebook's language. What has pictures beside the text comes as a zip file.
 */
export type ExportFormat =
  | "html"
  | "pdf"
  | "latex"
  | "markdown"
  | "script"
  | "slides"
  | "asciidoc"
  | "rst";

/** What a directory entry is. A link is shown as what it leads to, with ``link`` set; ``other`` is neither. */
export type EntryKind =
  | "file"
  | "directory"
  | "other";

/** One name in a directory. ``modified_at`` is Unix time in seconds. */
export interface Entry {
  name: string;
  kind: EntryKind;
  size_bytes?: number;
  modified_at?: number;
  link?: boolean;
}

/** To ``/events``: send this directory and, until ``Unsubscribe``, what changes in it. */
export interface Subscribe {
  type: "subscribe";
  path: string;
}

/** To ``/events``: send no more of this directory. */
export interface Unsubscribe {
  type: "unsubscribe";
  path: string;
}

/** From ``/events``: all that is in a directory, in no order. ``truncated``: there is more than the limit. */
export interface Directory {
  type: "directory";
  path: string;
  entries: Entry[];
  truncated?: boolean;
}

/** From ``/events``: entries that are new or changed, and names that are gone. */
export interface DirectoryChanged {
  type: "directory_changed";
  path: string;
  entries: Entry[];
  removed: string[];
}

/** From ``/events``: the directory cannot be shown (any more); the subscription has ended. */
export interface DirectoryFailed {
  type: "directory_failed";
  path: string;
  error: ErrorBody;
}

/** To ``/events``: send ``People`` now and whenever it changes. */
export interface FollowPeople {
  type: "follow_people";
}

/** Somebody who has a document open. ``colour`` is 0–11, ``avatar`` the hash of their picture, if there is one. */
export interface Person {
  path: string;
  account_id: AccountId;
  name: string;
  colour: number;
  avatar?: string | null;
}

/** From ``/events``: who has which documents open, each once a document, who came last at the end. */
export interface People {
  type: "people";
  people: Person[];
}

export type EventsToServer = Subscribe | Unsubscribe | FollowPeople | ListSpecs | FollowJobs;

export type EventsToClient = Directory | DirectoryChanged | DirectoryFailed | People | KernelSpecs | Jobs;

/**
 * To ``POST /operations``: make a file; an existing one is a ``conflict``. One whose name ends with ``.ipynb`` is a
 * notebook with one empty cell, for ``kernel``, or for Python where none is named; every other file is empty.
 */
export interface CreateFile {
  type: "create_file";
  path: string;
  kernel?: KernelSpec | null;
}

/** To ``POST /operations``: make a folder, and those above it. */
export interface CreateFolder {
  type: "create_folder";
  path: string;
}

/** To ``POST /operations``: copy a file, with what was typed last, beside itself under a free name. */
export interface Duplicate {
  type: "duplicate";
  path: string;
}

/** To ``POST /operations``: rename or move; an existing target is a ``conflict``, never overwritten. */
export interface Rename {
  type: "rename";
  path: string;
  to: string;
}

/** To ``POST /operations``: move to the trash. The answer's ``trash_id`` restores it. */
export interface Trash {
  type: "trash";
  path: string;
}

/** To ``POST /operations``: bring back what ``Trash`` removed, beside a new file of that name if there is one. */
export interface Restore {
  type: "restore";
  trash_id: string;
}

export type Operation = CreateFile | CreateFolder | Duplicate | Rename | Trash | Restore;

/** What was done: ``path`` is where the thing is now. */
export interface OperationAnswer {
  path: string;
  trash_id?: string | null;
}

/** ``POST /run``: run a shell command in the project's inner ring, in the folder ``path``. */
export interface Run {
  command: string;
  path?: string;
  timeout_seconds?: number;
}

/**
 * ``exit_code`` is negative for a signal; ``reason`` says what ended a command that did not end by itself
 * (time, memory). Output past the limit is cut and ``truncated`` is set.
 */
export interface RunAnswer {
  exit_code: number;
  stdout: string;
  stderr: string;
  truncated?: boolean;
  reason?: string | null;
}

/**
 * What is looked for, in one line. ``hidden``: also in hidden and generated files. ``include`` and ``exclude`` are
 * globs, ``folder`` is a project path. ``replacement``: what each match would become; with ``regex`` it may name
 * groups (``$1``, ``${name}``, ``$&`` for all of it, ``$$`` for a dollar) and ``\n``, ``\t``, ``\\``.
 */
export interface TextQuery {
  text: string;
  regex?: boolean;
  case?: boolean;
  word?: boolean;
  hidden?: boolean;
  include?: string[];
  exclude?: string[];
  folder?: string;
  replacement?: string | null;
}

/** Begin a search; what comes of it carries ``id``. ``context``: lines to show before and after each match. */
export interface FindText {
  type: "find";
  id: number;
  query: TextQuery;
  context?: number;
}

/** End the search that is under way; nothing more comes of it. */
export interface StopFinding {
  type: "stop";
}

export type FindToServer = FindText | StopFinding;

/** A match within the ``text`` of its line, and what it would become. */
export interface FoundSpan {
  start: number;
  end: number;
  replacement?: string | null;
}

/** A line with matches, or the part of a long one around some of them: ``text`` begins at column ``at``. */
export interface FoundLine {
  line: number;
  text: string;
  at: number;
  spans: FoundSpan[];
  before?: string[];
  after?: string[];
}

/**
 * All matches in a file, in order. ``digest`` names them and the lines that they are in: whoever replaces says
 * which were seen. Not ``complete``: there are more than are told. Not ``openable``: its name is not UTF-8.
 */
export interface FoundFile {
  path: string;
  digest: string;
  count: number;
  lines: FoundLine[];
  complete?: boolean;
  openable?: boolean;
}

/** Some more files of the search ``id``. */
export interface FoundFiles {
  type: "found";
  id: number;
  files: FoundFile[];
}

/** Why a search ended before it had seen everything. */
export type FindLimit =
  | "matches"
  | "time";

/**
 * The search ``id`` is over; ``began_at`` (Unix time in seconds, by the project's clock) tells what changed since.
 * ``unreadable`` counts files and folders that could not be read, ``too_long`` lines
 * that are too long to be told, ``unsaved`` open documents whose newest text could not be written, so that an older
 * one was searched.
 */
export interface FindDone {
  type: "done";
  id: number;
  files: number;
  matches: number;
  began_at: number;
  limit?: FindLimit | null;
  unreadable?: number;
  too_long?: number;
  unsaved?: number;
}

/** The search ``id`` could not be made, such as for a mistake in its pattern. */
export interface FindFailed {
  type: "failed";
  id: number;
  error: ErrorBody;
}

export type FindToClient = FoundFiles | FindDone | FindFailed;

/** Which matches in a file: by their numbers from 0, or all. ``digest`` is that of its ``FoundFile``. */
export interface ReplaceFile {
  path: string;
  digest: string;
  matches?: number[] | null;
}

/** Replace what ``query`` found in ``files`` by its ``replacement``. */
export interface ReplaceText {
  query: TextQuery;
  files: ReplaceFile[];
}

/** Take back what one replacing did. */
export interface UndoReplace {
  undo_id: string;
}

/** How many matches were replaced in a file, or put back. */
export interface ReplacedFile {
  path: string;
  count: number;
}

/** A file that was left as it is, and why. */
export interface NotReplaced {
  path: string;
  error: ErrorBody;
}

/** What was done, file by file. ``undo_id`` takes it back; null where nothing can be. */
export interface Replaced {
  files: ReplacedFile[];
  failed: NotReplaced[];
  undo_id?: string | null;
}

/** A file whose path has the letters that were typed, at these ``positions`` (UTF-16 units). */
export interface FoundPath {
  path: string;
  positions: number[];
}

/**
 * The best paths, best first. Not ``complete``: the project is still being looked through; ask again.
 * ``truncated``: it has more files than are known here.
 */
export interface PathsFound {
  paths: FoundPath[];
  complete: boolean;
  truncated: boolean;
  known: number;
}

/**
 * The versions from ``first`` to ``last``. Times are Unix times in seconds. An account that is null stands for the
 * disk: a program changed the file.
 */
export interface Burst {
  first: number;
  last: number;
  started_at: number;
  ended_at: number;
  account_ids: (AccountId | null)[];
}

/**
 * One of the histories that lived at a path. ``current``: it is the one that lives there now, or did last. A file
 * that was no notebook and became one has a history of each kind.
 */
export interface HistorySummary {
  history_id: HistoryId;
  version: number;
  started_at: number;
  ended_at: number;
  current: boolean;
  format?: DocumentFormat;
}

/**
 * Some bursts of a history, the newest first. ``version`` is its newest. ``before`` asks for the next page; null
 * when this one reaches version 1. ``histories`` are all that lived at the path, this one included.
 */
export interface HistoryPage {
  history_id: HistoryId;
  version: number;
  bursts: Burst[];
  before: number | null;
  histories: HistorySummary[];
}

/**
 * The text of one version, who made it, and when (Unix time in seconds). That of a notebook is its JSON with sorted
 * keys; large outputs are named by their hashes (``blobs``).
 */
export interface VersionText {
  history_id: HistoryId;
  version: number;
  at: number;
  account_id: AccountId | null;
  text: string;
  format?: DocumentFormat;
}

/** ``count`` lines, one after the other, that all have their newest characters from ``version``. */
export interface BlameRun {
  count: number;
  version: number;
  at: number;
  account_id: AccountId | null;
}

/**
 * Who wrote the lines of a version: of its text as split at each line break, so that the counts make up all lines.
 *
 * A line is from the newest version that inserted one of its characters, its line break left out; an empty line is
 * from the newer of the line breaks around it. Deleting changes nothing. The empty text is one line of version 0.
 */
export interface Blame {
  history_id: HistoryId;
  version: number;
  lines: BlameRun[];
}

/**
 * A history whose file is not there now. ``path`` is where it was last: ask there for it, with ``history``. It was
 * written from ``created_at`` to ``ended_at``. ``removed``: by the file manager; else in some other way.
 */
export interface DeletedDocument {
  history_id: HistoryId;
  path: string;
  created_at: number;
  ended_at: number;
  versions: number;
  removed: boolean;
}

/** Histories without a file, the one that was written last first; ``more``: there are others. */
export interface DeletedDocuments {
  documents: DeletedDocument[];
  more: boolean;
}

/**
 * A name that somebody gave to a version; one version may have several. ``named_at`` and ``version_at`` are when
 * that was and when the version was made (Unix times in seconds). An account that is null: a program did it in a
 * terminal, and it is not known for whom.
 */
export interface NamedVersion {
  named_version_id: NamedVersionId;
  version: number;
  name: string;
  named_at: number;
  version_at: number;
  account_id: AccountId | null;
}

/** All named versions of a history, the newest version first; of one version, the name that was given last. */
export interface NamedVersions {
  history_id: HistoryId;
  named_versions: NamedVersion[];
}

/** Give a version a name: one line of 1 to 100 characters; spaces around it do not count. */
export interface NameVersion {
  type: "name";
  history_id: HistoryId;
  version: number;
  name: string;
}

/** Change a name. Who gave it and when stays. */
export interface RenameVersion {
  type: "rename";
  named_version_id: NamedVersionId;
  name: string;
}

/** Take a name away; the version stays. */
export interface RemoveName {
  type: "remove";
  named_version_id: NamedVersionId;
}

/** Bring back a name that was taken away, as it was. */
export interface RestoreName {
  type: "restore";
  named_version_id: NamedVersionId;
}

export type NamingAct = NameVersion | RenameVersion | RemoveName | RestoreName;

export type AccountId = string & { readonly __id?: "AccountId" };

export type ProjectId = string & { readonly __id?: "ProjectId" };

export type DocumentId = string & { readonly __id?: "DocumentId" };

export type HistoryId = string & { readonly __id?: "HistoryId" };

export type NamedVersionId = string & { readonly __id?: "NamedVersionId" };

export type HubId = string & { readonly __id?: "HubId" };

export type LogId = string & { readonly __id?: "LogId" };

/**
 * What a job does where a name is taken. ``fail``: nothing at all is done, and the ``conflict`` has (up to 100 of)
 * the taken names in ``data.taken``, so that a page can ask and start again with another choice.
 */
export type Clash =
  | "fail"
  | "replace"
  | "keep_both"
  | "skip";

/** Kinds of archive that are made. More are extracted: see ``Extract``. */
export type ArchiveFormat =
  | "zip"
  | "tar.gz"
  | "tar";

/** Copy files and folders, with all below them, into the folder ``to``. What was typed last is saved first. */
export interface Copy {
  type: "copy";
  paths: string[];
  to: string;
  clash?: Clash;
}

/** Move files and folders into the folder ``to``; open documents go along. */
export interface Move {
  type: "move";
  paths: string[];
  to: string;
  clash?: Clash;
}

/** Move files and folders to the trash. The finished job has their ``trash_ids``. */
export interface TrashMany {
  type: "trash_many";
  paths: string[];
}

/** Make an archive of files and folders at the new path ``to``, which is a ``conflict`` when it is taken. */
export interface Compress {
  type: "compress";
  paths: string[];
  to: string;
  format?: ArchiveFormat;
}

/**
 * Unpack the archive ``path`` (zip; tar, also compressed by gzip, bzip2, xz; a single compressed file) into the
 * folder ``to``, which is made if need be; without one, into a new folder beside the archive, named after it.
 */
export interface Extract {
  type: "extract";
  path: string;
  to?: string | null;
  clash?: Clash;
}

/**
 * Download ``url`` (http or https) by a program in the project's inner ring, into the folder ``to``, under ``name``
 * or the name that the answer or the address gives it.
 */
export interface FetchUrl {
  type: "fetch_url";
  url: string;
  to: string;
  name?: string | null;
  clash?: Clash;
}

/** End a job that runs. One that has ended is left alone. */
export interface CancelJob {
  type: "cancel_job";
  job_id: string;
}

/** Delete what is in the trash for good: what ``trash_ids`` names, or all of it. */
export interface EmptyTrash {
  type: "empty_trash";
  trash_ids?: string[] | null;
}

export type JobOperation = Copy | Move | TrashMany | Compress | Extract | FetchUrl | EmptyTrash;

/** The job that was started. */
export interface JobAnswer {
  job_id: string;
}

/** Where a job is. */
export type JobState =
  | "running"
  | "done"
  | "failed"
  | "cancelled";

/**
 * One job. ``kind`` is the tag of the operation; ``what`` a name for people (“week1.ipynb” or “12 items”); ``to``
 * the folder or file that it makes or fills. Totals are None as long as they are not known. A job that has ended stays
 * for a minute. ``path`` is where the first thing is that a finished job made.
 */
export interface Job {
  job_id: string;
  kind: string;
  what: string;
  account_id: AccountId;
  started_at: number;
  state?: JobState;
  to?: string;
  done_bytes?: number;
  total_bytes?: number | null;
  done_files?: number;
  total_files?: number | null;
  skipped_files?: number;
  path?: string | null;
  trash_ids?: string[];
  error?: ErrorBody | null;
}

/** To ``/events``: send ``Jobs`` now and whenever one begins, gets on (four times a second at most) or ends. */
export interface FollowJobs {
  type: "follow_jobs";
}

/** From ``/events``: all jobs of the project that run or have just ended, oldest first. */
export interface Jobs {
  type: "jobs";
  jobs: Job[];
}

/** Something in the trash. ``path`` is where it was; ``deleted_at`` is Unix time; ``size_bytes`` is of a file. */
export interface TrashedItem {
  trash_id: string;
  path: string;
  deleted_at: number;
  is_folder?: boolean;
  size_bytes?: number;
}

/** ``GET /projects/{project_id}/trash``: newest first; ``truncated`` when there is more than the limit. */
export interface TrashListing {
  items: TrashedItem[];
  truncated?: boolean;
}

/**
 * ``POST /projects/{project_id}/archives``: what is to be downloaded as one archive; ``[""]`` is the whole
 * project. Whoever may read may ask. The archive is made while ``GET /projects/{project_id}/archives/{archive_id}``
 * is answered, which works for five minutes.
 */
export interface PrepareArchive {
  paths: string[];
  format?: ArchiveFormat;
}

/** Where the download is: its id and the name of the file. */
export interface ArchiveReady {
  archive_id: string;
  name: string;
}

/**
 * ``POST /api/projects/{project_id}/copies``, answered by the hub as ``CopiedToProject``: copy files and folders of
 * this project, which the asker may read, into the folder ``to`` of another, which they may write. Both must run.
 */
export interface CopyToProject {
  paths: string[];
  to_project_id: string;
  to?: string;
  clash?: Clash;
}

/** How much was copied. */
export interface CopiedToProject {
  files: number;
  bytes: number;
}

/**
 * What a notebook's kernel does. ``none``: it was not started, or was shut down. ``dead``: it ended by itself, and
 * ``reason`` says why. ``missing``: the notebook asks for a kernel that is not installed.
 */
export type KernelState =
  | "none"
  | "starting"
  | "idle"
  | "busy"
  | "restarting"
  | "dead"
  | "missing";

/**
 * A kernel that can be started. ``language`` is the name that Jupyter gives it, such as ``python`` or ``R``;
 * ``mime`` and ``mode`` say how its code is coloured, as far as is known without starting it.
 */
export interface KernelSpec {
  name: string;
  display_name: string;
  language: string;
  mode?: string;
}

/** Running code waits for a line: ``input()`` or ``getpass()``. Any editor may answer; the first answer counts. */
export interface InputRequest {
  request_id: string;
  cell_id: string;
  prompt: string;
  password?: boolean;
}

/**
 * Everything there is to know of the kernel; sent at once and after each change.
 *
 * ``queue`` are the ids of cells that wait, in order; ``running`` is the one that runs, ``running_by`` the account
 * that asked for it. ``memory_bytes`` and ``processor_percent`` are those of the kernel's process.
 */
export interface KernelStatus {
  type: "status";
  state: KernelState;
  kernel?: KernelSpec | null;
  wanted?: string | null;
  reason?: string | null;
  running?: string | null;
  running_by?: string | null;
  queue?: string[];
  input?: InputRequest | null;
  memory_bytes?: number | null;
  processor_percent?: number | null;
  started_at?: number | null;
}

/** The kernels that can be started here; sent once, and again when asked for. */
export interface KernelSpecs {
  type: "specs";
  specs: KernelSpec[];
}

/**
 * Answer to ``Complete``: what may stand for ``start`` to ``end`` of the code (in code points). ``types`` has a
 * word for each match (``function``, ``module``, …), empty where the kernel tells none. ``static``: they come from
 * reading the code, since no kernel runs.
 */
export interface Completions {
  type: "completions";
  request_id: string;
  matches: string[];
  start: number;
  end: number;
  types?: string[];
  static?: boolean;
}

/** Answer to ``Inspect``: a MIME bundle of documentation; empty when nothing is known. */
export interface Inspection {
  type: "inspection";
  request_id: string;
  data: Record<string, unknown>;
}

/** Answer to ``ListVariables``. */
export interface VariableList {
  type: "variables";
  request_id: string;
  variables: Variable[];
}

/**
 * A name that the notebook's code has defined. ``summary`` is a short form of the value, ``shape`` is set for
 * arrays and tables.
 */
export interface Variable {
  name: string;
  kind: string;
  summary: string;
  shape?: string;
  size_bytes?: number | null;
}

/** Something that the code of the ``RunCode`` with the id ``to`` has put out, as an output of a notebook's file. */
export interface ConsoleOutput {
  type: "console_output";
  to: string;
  output: Record<string, unknown>;
}

/** Answer to ``RunCode``, after all its outputs. */
export interface ConsoleDone {
  type: "console_done";
  request_id: string;
  execution_count?: number | null;
  failed?: boolean;
}

/** A request could not be done; ``request_id`` is that of the request, where it had one. */
export interface KernelFailed {
  type: "failed";
  error: ErrorBody;
  request_id?: string | null;
}

/**
 * A message of a widget, in a binary frame, in either direction: ``comm_open``, ``comm_msg`` or ``comm_close``,
 * with ``content`` and ``metadata`` as the Jupyter protocol has them. ``parent`` is the id of the message that it
 * answers, if any; ``buffers`` are the lengths of what follows. To who sent a message with an id, and to nobody else,
 * comes ``idle`` with that id as ``parent`` once the kernel has dealt with it: then the next one may be sent.
 */
export interface CommFrame {
  type: "comm";
  kind: string;
  content: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  parent?: string | null;
  message_id?: string | null;
  buffers?: number[];
}

/**
 * Run these cells, in this order, after those that wait. The source is read from the document when a cell's turn
 * comes. With ``stop_on_error``, an error takes the cells that wait from the queue.
 */
export interface RunCells {
  type: "run";
  cells: string[];
  stop_on_error?: boolean;
}

/** Run code that is in no cell, on the notebook's kernel. Outputs come to this page alone, and are kept nowhere. */
export interface RunCode {
  type: "run_code";
  request_id: string;
  code: string;
}

/** Take cells that wait from the queue; all of them when ``cells`` is empty. */
export interface CancelCells {
  type: "cancel";
  cells?: string[];
}

/** Start the kernel, or another one (``name``) in place of the one that runs. The name goes into the notebook. */
export interface StartKernel {
  type: "start";
  name?: string | null;
}

/** Interrupt what runs, and empty the queue. */
export interface InterruptKernel {
  type: "interrupt";
}

/** End the kernel with all its variables and start it again; with ``run_all``, run every code cell then. */
export interface RestartKernel {
  type: "restart";
  run_all?: boolean;
}

/** End the kernel. */
export interface ShutDownKernel {
  type: "shut_down";
}

/** The line for which running code waits. */
export interface AnswerInput {
  type: "answer_input";
  request_id: string;
  value: string;
}

/** What may follow at ``cursor`` (in code points). ``cell_id``: with no kernel, the cells before it help. */
export interface Complete {
  type: "complete";
  request_id: string;
  code: string;
  cursor: number;
  cell_id?: string | null;
}

/** Documentation of what stands at ``cursor``; ``detail`` 1 asks for the source too (``??``). */
export interface Inspect {
  type: "inspect";
  request_id: string;
  code: string;
  cursor: number;
  detail?: number;
}

/** The variables of the kernel, where its language tells them. */
export interface ListVariables {
  type: "list_variables";
  request_id: string;
}

/** Look anew for kernels; the answer is ``KernelSpecs``. */
export interface ListSpecs {
  type: "list_specs";
}

export type KernelToClient = KernelStatus | KernelSpecs | Completions | Inspection | VariableList | ConsoleOutput | ConsoleDone | KernelFailed;

export type KernelToServer = RunCells | RunCode | CancelCells | StartKernel | InterruptKernel | RestartKernel | ShutDownKernel | AnswerInput | Complete | Inspect | ListVariables | ListSpecs;

/** How the connection to the mail server is protected: after STARTTLS, by TLS from its first byte, or not at all. */
export type MailSecurity =
  | "starttls"
  | "tls"
  | "none";

/** Of a message: it waits for a (further) try, the mail server has taken it, or it was given up. */
export type MailState =
  | "waiting"
  | "sent"
  | "failed";

/**
 * The answer of ``GET`` and ``PUT /api/mail`` (administrators). ``fixed``: the settings file or the environment of
 * the server says so, and the page cannot change it. The password is never told, only whether there is one.
 */
export interface MailSettings {
  configured: boolean;
  fixed: boolean;
  host?: string;
  port?: number;
  security?: MailSecurity;
  user?: string;
  has_password?: boolean;
  sender_address?: string;
  sender_name?: string;
}

/**
 * ``PUT /api/mail`` (administrators). A ``password`` of null keeps the one that is there, for the same server and
 * user alone. ``DELETE /api/mail`` removes it all.
 */
export interface SetMail {
  host: string;
  port: number;
  security: MailSecurity;
  sender_address: string;
  user?: string;
  password?: string | null;
  sender_name?: string;
}

/** The answer of ``POST /api/mail/test``: the mail server took a message for the administrator, and said this. */
export interface MailTested {
  to: string;
  reply: string;
}

/** ``POST /api/password-resets``: send a link to this address if it has an account. The answer does not say. */
export interface AskPasswordReset {
  email_address: string;
}

/** ``POST /api/password-resets/use``: a new password by the token of a link. The answer is ``SessionInfo``. */
export interface ResetPassword {
  token: string;
  password: string;
}

/** ``POST /api/password-links`` (administrators): a link by which this account gets a new password. */
export interface NewPasswordLink {
  email_address: string;
}

/** The answer: ``link`` is shown once and works once. Its token is in the fragment, which browsers do not send. */
export interface PasswordLink {
  link: string;
  expires_at: string;
}

/** ``POST /api/email``: another address for one's account. */
export interface ChangeEmail {
  email_address: string;
  current_password: string;
}

/** The answer. ``pending``: a link was sent to the new address, and opening it makes the change. */
export interface EmailChange {
  email_address: string;
  pending: boolean;
}

/** ``POST /api/email/confirm``: use the token of a link that was sent to an address. */
export interface ConfirmEmail {
  token: string;
}

/** The answer: the address that is confirmed. ``changed``: from now on one signs in with it. */
export interface EmailConfirmed {
  email_address: string;
  changed: boolean;
}

/**
 * One of ``pages`` pages, counted from 1. ``tag`` changes whenever the file does; ``modified_at`` is Unix time in
 * seconds; ``at`` is the byte with which the page begins. ``first_line`` is null while lines are counted up to there:
 * ask again. ``begins_in_line``: the page goes on in a line of the one before. ``replaced``: some bytes are no UTF-8
 * and are shown as U+FFFD. Line ends are ``\n``, whatever the file has.
 */
export interface FilePage {
  type: "page";
  tag: string;
  size_bytes: number;
  modified_at: number;
  pages: number;
  page: number;
  at: number;
  text: string;
  first_line: number | null;
  begins_in_line: boolean;
  replaced: boolean;
}

/** A text is at ``start`` to ``end`` of a page, and at byte ``at`` of the file; ``next`` is the byte after it. */
export interface TextFound {
  type: "found";
  page: number;
  start: number;
  end: number;
  at: number;
  next: number;
}

/** The text is not between where the search began and the end of the file (its start, for ``backward``). */
export interface TextNotFound {
  type: "not_found";
}

/** Read so far: ``at`` of ``size_bytes``. */
export interface ReadingGoesOn {
  type: "goes_on";
  at: number;
  size_bytes: number;
}

/** ``multi``: accounts and projects, with a hub. ``single``: one person over one directory, without. */
export type Mode =
  | "multi"
  | "single";

/** Who may make an account: nobody, people with an invitation link, or anyone. */
export type SignUpPolicy =
  | "closed"
  | "invitation"
  | "open";

/** What an account may do in a project. A viewer reads everything and changes nothing. */
export type Role =
  | "owner"
  | "collaborator"
  | "viewer";

/**
 * The signed-in person. ``colour`` is 0–11, an index into the collaborator colours of the page;
 * ``avatar`` the hash of their picture, if there is one.
 */
export interface Account {
  account_id: AccountId;
  first_name: string;
  last_name: string;
  email_address: string;
  administrator: boolean;
  colour: number;
  avatar?: string | null;
}

/**
 * What anybody may know of this Studium.
 *
 * ``needs_set_up``: there is no account yet. ``notice``: a sentence shown as a banner on every page, such as that
 * projects are not isolated. ``content_origin``: where content that users wrote is shown; null means frames with an
 * opaque origin. ``mail``: messages can be sent, such as a link to somebody who forgot a password.
 */
export interface Site {
  name: string;
  sign_up: SignUpPolicy;
  needs_set_up: boolean;
  version: string;
  notice?: string | null;
  content_origin?: string | null;
  mail?: boolean;
}

/**
 * The answer of ``GET /api/session``. ``project_id`` is set in ``single`` mode only, ``session_id`` for a browser
 * that is signed in.
 */
export interface SessionInfo {
  mode: Mode;
  site: Site;
  account?: Account | null;
  project_id?: ProjectId | null;
  session_id?: string | null;
}

/** ``POST /api/session``: sign in. The answer is ``SessionInfo`` and a cookie. */
export interface SignIn {
  email_address: string;
  password: string;
}

/** ``POST /api/password``: a new password for one's account. Its other sessions and its tokens end. */
export interface ChangePassword {
  current_password: string;
  password: string;
}

/** ``POST /api/accounts``: make an account and sign in. ``invitation`` is the token of an invitation link. */
export interface SignUp {
  name: string;
  email_address: string;
  password: string;
  invitation?: string | null;
}

/** ``POST /api/set-up``: make the first account, an administrator, with the one-time token of the set-up link. */
export interface SetUp {
  token: string;
  name: string;
  email_address: string;
  password: string;
}

/** The answer of ``POST /api/accounts`` and ``POST /api/set-up``: who signed in, and their Tutorial project. */
export interface SignedUp {
  session: SessionInfo;
  tutorial_project_id: ProjectId;
}

/** ``POST /api/link``: in ``single`` mode, change the token of the printed link for a cookie. */
export interface OpenLink {
  token: string;
}

/** ``POST /api/invitations`` (administrators): a link by which one person may make an account within 14 days. */
export interface NewInvitation {
  email_address?: string | null;
}

/** The answer: ``link`` is shown once. Its token is in the fragment, which browsers do not send. */
export interface Invitation {
  link: string;
  expires_at: string;
}

/**
 * ``POST /api/project-invitations``: a link into a project for ``most_uses`` people within ``days``, null for no
 * bound; with ``email_address`` for one person, who has no account yet.
 */
export interface NewProjectInvitation {
  project_id: ProjectId;
  role: Role;
  email_address?: string | null;
  days?: number | null;
  most_uses?: number | null;
}

/**
 * The answer: ``link`` is shown once. Its token is in the fragment, which browsers do not send.
 *
 * ``mailed``: it is on its way to the address as well.
 */
export interface ProjectInvitation {
  invitation_id: string;
  link: string;
  expires_at: string | null;
  mailed: boolean;
}

/** ``POST /api/project-invitations/find`` and ``POST /api/join``: the token of a link into a project. */
export interface InvitationLink {
  token: string;
}

/** What a link leads to. ``invited_by`` is a name, empty when that account is gone. */
export interface FoundInvitation {
  project_id: ProjectId;
  title: string;
  role: Role;
  invited_by: string;
  expires_at: string | null;
}

/** The answer of ``POST /api/join``: the project that one is in now. */
export interface Joined {
  project_id: ProjectId;
}

/**
 * Who a request to a project server is from, signed by the hub and valid for a short time.
 *
 * Travels as ``X-Studium-Identity: BASE64URL(json).HEX(hmac-sha256)`` with the project's secret. The hub removes a
 * header of this name, cookies and ``Authorization`` from what it forwards. ``expires`` is Unix time in seconds.
 */
export interface Identity {
  account_id: AccountId;
  name: string;
  colour: number;
  role: Role;
  project_id: ProjectId;
  expires: number;
  avatar?: string | null;
}

/** What happened to a row of a feed; ``close`` is the last message of a feed. */
export type ChangeAction =
  | "insert"
  | "update"
  | "delete"
  | "close";

/**
 * One frame from the browser: a query, with ``changes`` a feed; ``cancel`` ends feed ``id``;
 * ``resume`` continues from ``seq`` the feed that the same account had under that id on an earlier connection, so the
 * page counts its ids from a random start.
 */
export interface TablesRequest {
  id: number;
  query?: Record<string, unknown> | Record<string, unknown>[] | null;
  changes?: boolean;
  options?: Record<string, unknown>[];
  cancel?: boolean;
  resume?: number | null;
  seq?: number | null;
}

/**
 * One answer. ``changed`` is false when a set changed nothing. ``seq`` is there for feeds and counts up by one.
 * ``reset`` marks a fresh snapshot in place of missed events. With each snapshot of a feed come the fields of the
 * table's primary ``key`` and the ``order`` of its rows (``-`` descends), so that a client need not know the table.
 */
export interface TablesAnswer {
  id: number;
  result?: unknown;
  error?: ErrorBody | null;
  changed?: boolean;
  seq?: number | null;
  reset?: boolean;
  key?: string[] | null;
  order?: string[] | null;
}

/** One event of a feed. ``new`` holds the fields asked for; ``old`` of a delete the key and the filter fields. */
export interface Change {
  id: number;
  seq: number;
  action: ChangeAction;
  new?: Record<string, unknown> | null;
  old?: Record<string, unknown> | null;
}

/** The body of ``POST /api/query``. */
export interface QueryRequest {
  query: Record<string, unknown> | Record<string, unknown>[];
  options?: Record<string, unknown>[];
}

/** The answer of ``POST /api/query``. */
export interface QueryAnswer {
  result: unknown;
  changed?: boolean;
}

/** Where a project is in its life; ``projects.state.status``. */
export type ProjectStatus =
  | "stopped"
  | "starting"
  | "running"
  | "stopping"
  | "failed";

/**
 * ``projects.state``. ``step`` is a short phrase for people ("starting the sandbox"); ``message`` says why a
 * start failed and what to do, or why it was stopped when nobody asked for it; ``log`` holds the last lines of what
 * failed. ``stops_at`` is when a project that nobody uses will stop. Times are ISO 8601.
 */
export interface ProjectState {
  status: ProjectStatus;
  step?: string | null;
  message?: string | null;
  log?: string | null;
  at?: string | null;
  stops_at?: string | null;
}

/** ``projects.action_request.action``. */
export type ProjectAction =
  | "start"
  | "stop"
  | "restart";

/** ``projects.action_request``: a collaborator's wish; the hub that sees it acts. ``at`` is an ISO 8601 time. */
export interface ActionRequest {
  action: ProjectAction;
  at: string;
}

/**
 * What a terminal does. ``exited``: its program has ended, and ``reason`` says how. ``lost``: it ended with the
 * project, and what is shown is what it showed last.
 */
export type TerminalState =
  | "starting"
  | "running"
  | "exited"
  | "lost";

/** How parts of a layout lie: beside each other, or one below the other. */
export type Direction =
  | "row"
  | "column";

/**
 * How terminals share the room: either one ``terminal`` (its id), or ``parts`` in a ``direction``. ``share`` is the
 * part's share of the room of what it is in, against its siblings'.
 */
export interface TerminalLayout {
  terminal?: string | null;
  direction?: Direction | null;
  parts?: TerminalLayout[];
  share?: number;
}

/**
 * One terminal of a file. ``command`` is what runs in it, by ``bash -lc``, a login shell when empty; ``directory``
 * is where it starts, relative to the project's home.
 */
export interface TerminalEntry {
  terminal_id: string;
  command?: string;
  directory?: string;
}

/** What a ``.term`` file holds, and where it is now; sent at once and after each change. */
export interface TerminalFile {
  type: "file";
  terminals: TerminalEntry[];
  layout: TerminalLayout;
  path: string;
}

/** A request could not be done. */
export interface TerminalRefused {
  type: "failed";
  error: ErrorBody;
}

/** Put a new terminal beside or below one. It starts in the directory where that one is, unless told another. */
export interface SplitTerminal {
  type: "split";
  terminal_id: string;
  direction: Direction;
  command?: string;
  directory?: string | null;
}

/** End a terminal with what runs in it, and give its room to the others. The last one of a file is started anew. */
export interface CloseTerminal {
  type: "close";
  terminal_id: string;
}

/** Change what a terminal starts with; what runs goes on. */
export interface SetTerminal {
  type: "set";
  terminal_id: string;
  command: string;
  directory: string;
}

/** Another layout of the same terminals. */
export interface ArrangeTerminals {
  type: "arrange";
  layout: TerminalLayout;
}

export type TerminalsToClient = TerminalFile | TerminalRefused;

export type TerminalsToServer = SplitTerminal | CloseTerminal | SetTerminal | ArrangeTerminals;

/** Somebody who has the terminal open. ``typing``: they typed in the last moments. */
export interface TerminalPerson {
  account_id: AccountId;
  name: string;
  colour: number;
  typing?: boolean;
}

/**
 * Everything there is to know of a terminal; sent at once and after each change.
 *
 * ``columns`` and ``rows`` are its size, ``sized_by`` whose page they fit: the one who typed or took the size last.
 * ``title`` is what its program calls itself, without control characters; ``program`` the name of what runs in front.
 * ``directory`` is where that is, relative to the home, None where that is not known or elsewhere. ``paused``:
 * somebody holds the output.
 */
export interface TerminalStatus {
  type: "status";
  state: TerminalState;
  columns: number;
  rows: number;
  people: TerminalPerson[];
  sized_by?: AccountId | null;
  title?: string;
  command?: string;
  directory?: string | null;
  program?: string;
  paused?: boolean;
  exit_code?: number | null;
  reason?: string | null;
}

/** The program rang the bell. */
export interface TerminalBell {
  type: "bell";
}

/** Somebody typed ``open FILE…`` here, and it was this page's person: open these paths. */
export interface OpenFiles {
  type: "open";
  paths: string[];
}

/** The scroll-back is in this file now. */
export interface ScrollbackSaved {
  type: "saved";
  path: string;
}

/** So many bytes of binary frames, without their first bytes, were drawn since the last word. */
export interface TerminalDrawn {
  type: "drawn";
  size_bytes: number;
}

/** How large the page could show the terminal. ``active``: somebody works in it there, and it takes this size. */
export interface ShowTerminal {
  type: "show";
  columns: number;
  rows: number;
  active?: boolean;
}

/** Start its command again, after it has ended; with ``restart``, end what runs first. */
export interface StartTerminal {
  type: "start";
  restart?: boolean;
}

/** Hold the output, or let it go on. */
export interface PauseTerminal {
  type: "pause";
  paused: boolean;
}

/** Forget the scroll-back. */
export interface ClearTerminal {
  type: "clear";
}

/** Write the scroll-back and the screen as text into a new file beside the ``.term`` file. */
export interface SaveScrollback {
  type: "save";
}

export type TerminalToClient = TerminalStatus | TerminalBell | OpenFiles | ScrollbackSaved | TerminalRefused;

export type TerminalToServer = TerminalDrawn | ShowTerminal | StartTerminal | PauseTerminal | ClearTerminal | SaveScrollback;

/** ``idle_seconds``: for how long nobody has used the project and nothing in it was busy; 0 while something is. */
export interface ProjectUse {
  idle_seconds: number;
}

/**
 * Something in an archive. ``path`` is as the archive has it, bytes that are no UTF-8 escaped; ``size_bytes`` is
 * null where the archive does not say; ``modified_at`` is Unix time; ``target`` is where a link leads.
 */
export interface ArchiveEntry {
  path: string;
  kind?: EntryKind;
  size_bytes?: number | null;
  modified_at?: number | null;
  target?: string;
  encrypted?: boolean;
}

/**
 * What is in an archive, in its own order. ``format`` is its kind, such as ``tar.gz``. ``partial`` says why not
 * everything is listed.
 */
export interface ArchiveListing {
  format: string;
  entries: ArchiveEntry[];
  partial?: string;
}

/**
 * Rows of a table, of which ``first`` is the first, counted from 0 without the header. ``tag`` changes whenever the
 * file does. ``names`` is empty where there is no header. Rows may have fewer or more cells than ``columns``, as the
 * file has; very long cells are cut. ``counted`` rows are known so far, in ``counted_bytes`` of ``size_bytes``;
 * ``complete``: there are no more. ``replaced``: some bytes are no UTF-8 and are shown as U+FFFD.
 */
export interface TableRows {
  type: "rows";
  tag: string;
  size_bytes: number;
  delimiter: string;
  header: boolean;
  names: string[];
  columns: number;
  first: number;
  rows: string[][];
  counted: number;
  counted_bytes: number;
  complete: boolean;
  replaced: boolean;
}

/**
 * A text as HTML, which is for a sandboxed frame and for nothing else; ``problems`` are those of the text, a line
 * each.
 */
export interface DrawnText {
  type: "drawn";
  html: string;
  problems?: string;
}
