"""Reads critical values from the laboratory: HL7 version 2, ORU^R01."""


def critical_values(message: str):
    for line in message.replace("\r\n", "\r").split("\r"):
        fields = line.split("|")
        if fields[0] == "OBX" and len(fields) > 8 and fields[8] in ("LL", "HH"):
            yield {"code": fields[3].split("^")[0], "value": fields[5], "unit": fields[6], "flag": fields[8]}
