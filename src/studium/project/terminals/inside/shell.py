"""What shells of terminals begin with: our commands on PATH, and a prompt where nobody has chosen one."""

import os
import shlex
from pathlib import Path
from typing import Final

PROFILE: Final = r"""# Read by the shells of Studium's terminals. Generated at each start.
_studium_prompt=$PS1
if [ -r /etc/profile ]; then . /etc/profile; fi
if [ -r ~/.bash_profile ]; then . ~/.bash_profile
elif [ -r ~/.bash_login ]; then . ~/.bash_login
elif [ -r ~/.profile ]; then . ~/.profile
elif [ -r ~/.bashrc ]; then . ~/.bashrc
fi
PATH="$STUDIUM_TERMINAL_FOLDER/bin:$PATH"
case $PS1 in
'') ;;
"$_studium_prompt" | *'debian_chroot:+($debian_chroot)}\u@\h:\w\$ ')
  PS1='\[\e[1;34m\]\w\[\e[0m\]$(_studium_code=$?; [ $_studium_code = 0 ] || printf " \001\e[31m\002%s\001\e[0m\002" $_studium_code)\$ '
  ;;
esac
unset _studium_prompt
"""  # noqa: E501
_COMMAND: Final = '#!/bin/sh\nexec {python} -I -m studium.project.terminals.inside.command {name} "$@"\n'
_RUN: Final = '. "$STUDIUM_TERMINAL_FOLDER/profile"; eval "$1"'


def make_folder(folder: str, python: str) -> None:
    """Write what shells read into the holder's folder."""
    (Path(folder) / "profile").write_text(PROFILE)
    commands = Path(folder) / "bin"
    commands.mkdir()
    for name in ("open", "studium"):
        file = commands / name
        file.write_text(_COMMAND.format(python=shlex.quote(python), name=name))
        file.chmod(0o700)


def command_line(command: str, folder: str) -> list[str]:
    """What runs in a terminal: a login shell, or a command by one."""
    shell = next((path for path in ("/bin/bash", "/usr/bin/bash") if os.access(path, os.X_OK)), None)
    if shell is None:
        return ["/bin/sh", "-lc", command] if command else ["/bin/sh", "-l"]
    if command:
        return [shell, "-c", _RUN, shell, command]
    return [shell, "--rcfile", f"{folder}/profile", "-i"]
