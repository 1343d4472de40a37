#!/usr/bin/env python3
"""manual-pages.py PROGRAM DIRECTORY: writes one mdoc(7) page per command into DIRECTORY/man1.

The text is the program's own: PROGRAM --experimental-dump-help prints what its --help knows, as JSON. So a page cannot say
anything else than the command does.
"""
import json
import os
import subprocess
import sys


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.splitlines())


def prose(text):
    """Paragraphs as they stand; indented lines, which are examples, literally."""
    out, literal = [], False
    for line in text.strip("\n").splitlines():
        if line.startswith("  ") and not literal:
            out.append(".Bd -literal -offset indent")
            literal = True
        elif literal and line.strip() and not line.startswith("  "):
            out.append(".Ed")
            literal = False
        if line.strip():
            out.append(escape(line[2:] if literal else line))
        elif not literal:
            out.append(".Pp")
    if literal:
        out.append(".Ed")
    return out


def name_of(name):
    return ("-" if name["kind"] == "long" else "") + escape_name(name["name"])


def escape_name(text):
    return text.replace("-", "\\-")


def synopsis(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        words = "Ar " + value
    else:
        words = "Fl " + name_of(argument["preferredName"])
        if argument["kind"] == "option":
            words += " Ar " + value
    if argument.get("isRepeating"):
        words += " ..."
    return (".Op " if argument.get("isOptional") else ".") + words


def description(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        yield ".It Ar " + value
    else:
        names = [".It"]
        for index, name in enumerate(argument.get("names", [])):
            names.append(("Fl " if index == 0 else ", Fl ") + name_of(name))
        if argument["kind"] == "option":
            names.append("Ar " + value)
        yield " ".join(names)
    for key in ("abstract", "discussion"):
        if argument.get(key):
            yield from prose(argument[key])
    if argument.get("defaultValue"):
        yield "The default is %s." % escape(argument["defaultValue"])
    if argument.get("allValues"):
        yield "One of: %s." % escape(", ".join(argument["allValues"]))


def page(command, path, children):
    title = "-".join(path)
    shown = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    out = [".Dd $Mdocdate$", ".Dt %s 1" % title.upper(), ".Os Safehold", ".Sh NAME", ".Nm " + escape_name(title),
           ".Nd " + escape(command.get("abstract", title).rstrip(".") or title), ".Sh SYNOPSIS", ".Nm " + escape_name(" ".join(path))]
    out += [synopsis(a) for a in shown]
    if children:
        out.append(".Ar command")
    out.append(".Sh DESCRIPTION")
    out += prose(command.get("discussion") or command.get("abstract") or "")
    if shown:
        out.append(".Bl -tag -width indent")
        for argument in shown:
            out += description(argument)
        out.append(".El")
    if children:
        out += [".Sh COMMANDS", ".Bl -tag -width indent"]
        for child in children:
            out += [".It Xr %s 1" % escape_name("-".join(path + [child["commandName"]])), escape(child.get("abstract", ""))]
        out.append(".El")
    out += [".Sh EXIT STATUS",
            "0: done. 3: done in part; what was left out is named. 130: interrupted, to be resumed. "
            "Others by class of error: 1 permanent or internal, 2 usage, 10 missing, 11 integrity, 12 denied, 13 transient, 14 newer format.",
            ".Sh ENVIRONMENT", ".Bl -tag -width indent",
            ".It Ev SAFEHOLD_REPOSITORY", "The repository, unless \\-\\-repository names one.",
            ".It Ev SAFEHOLD_PASSPHRASE_FILE", "A file that holds the passphrase, unless \\-\\-passphrase\\-file names one.",
            ".It Ev SAFEHOLD_RECIPIENT_FILE", "A file that holds a recipient's private key, unless \\-\\-recipient\\-file names one.",
            ".It Ev SAFEHOLD_S3_ENDPOINT , SAFEHOLD_S3_CA", "The server of s3:// repositories, and who its certificate may come from; AWS_* variables give credentials and region.",
            ".It Ev SAFEHOLD_BANDWIDTH", "Bytes in a second to and from s3:// repositories, by the time of day: up=20MiB;08:00-18:00:up=2MiB.",
            ".It Ev SAFEHOLD_HOME", "This host's state; /var/lib/safehold for root and a directory of XDG for others.", ".El"]
    if len(path) > 1:
        out += [".Sh SEE ALSO", ".Xr %s 1" % escape_name("-".join(path[:-1]))]
    return "\n".join(out) + "\n"


def write(command, path, folder):
    children = [c for c in command.get("subcommands", []) if c.get("shouldDisplay", True) and c["commandName"] != "help"]
    with open(os.path.join(folder, "-".join(path) + ".1"), "w") as file:
        file.write(page(command, path, children))
    for child in children:
        write(child, path + [child["commandName"]], folder)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, target = sys.argv[1:]
    dump = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout)
    if dump.get("serializationVersion") != 0:
        sys.exit("manual-pages: the program describes itself in a version that this script does not know")
    folder = os.path.join(target, "man1")
    os.makedirs(folder, exist_ok=True)
    write(dump["command"], [dump["command"]["commandName"]], folder)


main()
