"""Answers about histories, from committed rows only. Blocking, for one thread."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from studium.project.blobs import Blobs
from studium.project.files.paths import shown
from studium.project.history.blame import Blamer
from studium.project.history.bursts import LogRow, bursts_of
from studium.project.history.log import Log, LoggedHistory
from studium.project.history.pace import Pace
from studium.project.history.replay import Replayer
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import Blame, BlameRun, Burst, HistoryPage, HistorySummary, NamedVersions, VersionText
from studium.protocol.ids import HistoryId
from studium.sync.format import TEXT
from studium.sync.formats import TextStyle

PAGE_BURSTS = 50
MAX_PAGE_VERSIONS = 50_000
"""Bursts in one answer, and the versions in them after which it has no more: reading 50,000 rows takes some 0.1 s."""


class Reader:
    """The log, and what is remembered of it so that the next answer is quick."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.pace = pace
        self.log = Log(folder, pace)
        self.replayer = Replayer(self.log, pace)
        self._blobs = Blobs(folder)
        self._blamer = Blamer(self.log, self.replayer, pace)

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {**self.replayer.statistics(), **self._blamer.statistics()}

    def page(self, path: str, chosen: HistoryId | None, before: int | None) -> HistoryPage:
        """Some bursts of a history, those before a version."""
        histories = self.log.histories(path)
        history = self._choose(histories, path, chosen)
        with closing(self.log.rows(history.number, before)) as rows:
            bursts: list[Burst] = []
            for burst in islice(bursts_of(rows), PAGE_BURSTS):
                bursts.append(burst)
                if bursts[0].last - burst.first >= MAX_PAGE_VERSIONS:
                    break
        summaries = [
            HistorySummary(
                each.history_id,
                each.version,
                each.created_at,
                each.ended_at,
                index == 0,
                self.log.format(each.number).name,
            )
            for index, each in enumerate(histories)
        ]
        more = bursts[-1].first if bursts and bursts[-1].first > 1 else None
        return HistoryPage(history.history_id, history.version, bursts, more, summaries)

    def version(self, path: str, chosen: HistoryId | None, version: int) -> VersionText:
        """The text of a version."""
        history = self.history(path, chosen)
        row = self._row(history, path, version)
        text = self.replayer.text(history.number, version) if version else ""
        format_ = self.log.format(history.number).name
        return VersionText(history.history_id, version, row.at, row.account_id, text, format_)

    def file(self, path: str, chosen: HistoryId | None, version: int) -> bytes:
        """The file as the document of a version is written where there is none: with large outputs in their places."""
        history = self.history(path, chosen)
        self._row(history, path, version)
        text = self.replayer.text(history.number, version) if version else ""
        format_ = self.log.format(history.number)
        return format_.encode(text, TextStyle(), "", None, self._blobs.read_sync)[0]

    def blame(self, path: str, chosen: HistoryId | None, version: int) -> Blame:
        """Who wrote the lines of a version."""
        history = self.history(path, chosen)
        row = self._row(history, path, version)
        if self.log.format(history.number) is not TEXT:
            raise StudiumError(
                ErrorCode.NOT_TEXT,
                f"Who wrote which line is told for texts only, and {shown(path)} is a notebook. Its versions show who"
                " changed it.",
            )
        if version == 0:
            return Blame(history.history_id, 0, [BlameRun(1, 0, row.at, None)])
        return self._blamer.blame(history, version)

    def named_versions(self, path: str, chosen: HistoryId | None) -> NamedVersions:
        """The versions that have names."""
        history = self.history(path, chosen)
        return NamedVersions(history.history_id, self.log.named_versions(history.number))

    def texts(self, history: LoggedHistory, bursts: Iterable[Burst]) -> Iterator[str]:
        """What the file held after each of the bursts, the oldest first."""
        return self.replayer.texts(history.number, [each.last for each in bursts], self._blobs.read_sync)

    def history(self, path: str, chosen: HistoryId | None) -> LoggedHistory:
        """The history of this id that lived at ``path``, or the newest. Raises ``not_found``."""
        return self._choose(self.log.histories(path), path, chosen)

    def _choose(self, histories: list[LoggedHistory], path: str, chosen: HistoryId | None) -> LoggedHistory:
        for history in histories:
            if chosen is None or history.history_id == chosen:
                return history
        unlisted = None if chosen is None else self.log.history(path, chosen)
        if unlisted is not None:
            return unlisted
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            f"There is no history of {shown(path)} yet. It begins when the file is first opened in the editor.",
            path=path,
        )

    def _row(self, history: LoggedHistory, path: str, version: int) -> LogRow:
        """The row that made a version. Raises ``not_found``."""
        if version == 0:
            return LogRow(0, 0, history.created_at, None)
        row = self.log.row_of(history.number, version)
        if version > history.version or row is None:
            raise StudiumError(
                ErrorCode.NOT_FOUND,
                f"The history of {shown(path)} ends at version {history.version}. Ask for that one or an older one.",
                version=history.version,
            )
        return row
