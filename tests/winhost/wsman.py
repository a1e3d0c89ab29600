# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of WS-Management and its remote shell, and nothing else: bytes in, values out, and back.

No socket, no process, no clock. What a message makes happen is decided in `service`.
Shapes follow MS-WSMV and publicly captured exchanges with Windows hosts (see README.md, "The protocol").
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
WSMAN_MS = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
CIM_BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
CIM_COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
XML = "http://www.w3.org/XML/1998/namespace"

CMD_SHELL = SHELL + "/cmd"
ANONYMOUS = ADDRESSING + "/role/anonymous"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

ACTIONS = {
    "Create": TRANSFER + "/Create",
    "Delete": TRANSFER + "/Delete",
    "Get": TRANSFER + "/Get",
    "Command": SHELL + "/Command",
    "Send": SHELL + "/Send",
    "Receive": SHELL + "/Receive",
    "Signal": SHELL + "/Signal",
}
ACTION_NAMES = {uri: name for name, uri in ACTIONS.items()}

STATE_RUNNING = SHELL + "/CommandState/Running"
STATE_DONE = SHELL + "/CommandState/Done"

DEFAULT_ENVELOPE = 153600
DEFAULT_TIMEOUT = 60.0
SMALLEST_ENVELOPE = 8192


# ------------------------------------------------------------------------------------------------------------ faults


class Malformed(ValueError):
    """The bytes are no SOAP message at all: HTTP 400, with no fault."""


@dataclass(eq=False)
class WsmanFault(Exception):
    """What the service refuses, in the form in which it says so (always HTTP 500)."""

    code: int
    message: str
    subcode: str = "w:InternalError"
    sender: bool = False
    detail: str = ""
    provider: bool = False
    wmi: bool = False

    def __str__(self) -> str:
        return f"{self.code} (0x{self.code:08X}): {self.message}"


def schema_error(what: str) -> WsmanFault:
    return WsmanFault(
        2150858817,
        f"The SOAP XML in the message does not match the corresponding XML schema definition. {what} ",
        subcode="w:SchemaValidationError",
        sender=True,
    )


def no_shell(shell_id: str) -> WsmanFault:
    return WsmanFault(
        2150858843,
        f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not "
        f"found on the server. "
        "Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the server. "
        "Provide the correct ShellId or create a new shell and retry the operation. ",
        subcode="w:InvalidSelectors",
        sender=True,
        detail="UnexpectedSelectors",
    )


def no_command() -> WsmanFault:
    return WsmanFault(
        2150858843,
        "The Windows Remote Shell received a request to perform an operation on a command identifier that does "
        "not exist. "
        "Either the command has completed execution or the client specified an invalid command identifier. ",
        subcode="w:InvalidSelectors",
        sender=True,
        detail="UnexpectedSelectors",
    )


def timed_out() -> WsmanFault:
    return WsmanFault(
        2150858793,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
        subcode="w:TimedOut",
    )


def busy() -> WsmanFault:
    return WsmanFault(170, "The requested resource is in use. ", provider=True)


def too_many_operations(limit: int) -> WsmanFault:
    return WsmanFault(
        0x803381A6,
        f"The WS-Management service cannot process the request. This user is allowed a maximum number of {limit} "
        f"concurrent operations, "
        "which has been exceeded. Close existing operations for this user, or raise the quota for this user. ",
        wmi=True,
    )


def too_many_shells(limit: int) -> WsmanFault:
    return WsmanFault(
        0x803381A5,
        f"The WS-Management service cannot process the request. This user is allowed a maximum number of {limit} "
        f"concurrent shells, "
        "which has been exceeded. Close existing shells or raise the quota for this user. ",
        subcode="w:QuotaLimit",
    )


def invalid_parameter() -> WsmanFault:
    return WsmanFault(
        87,
        "The parameter is incorrect. ",
        subcode="w:InvalidParameter",
        sender=True,
        detail="InvalidValue",
        provider=True,
    )


def broken_pipe() -> WsmanFault:
    return WsmanFault(232, "The pipe is being closed. ", provider=True)


def access_denied() -> WsmanFault:
    return WsmanFault(5, "Access is denied. ", subcode="w:AccessDenied", sender=True)


def win32(code: int, message: str) -> WsmanFault:
    """An error of the process to start, as HRESULT."""
    return WsmanFault(0x80070000 | code, message, provider=True)


def no_resource(uri: str) -> WsmanFault:
    return WsmanFault(
        2150858752,
        f"The WS-Management service cannot process the request. The service cannot find the resource identified "
        f"by the resource URI ({uri}) and selectors. ",
        subcode="a:DestinationUnreachable",
        sender=True,
        detail="InvalidResourceURI",
    )


def no_action(uri: str) -> WsmanFault:
    return WsmanFault(
        2150858753,
        f"The WS-Management service cannot process the request because the request contains an action URI that "
        f"is not valid for the resource ({uri}). ",
        subcode="a:ActionNotSupported",
        sender=True,
        detail="ActionMismatch",
    )


# ---------------------------------------------------------------------------------------------------------- requests


@dataclass(frozen=True)
class Request:
    action: str
    """Name of the action (`Create`, `Command` ...), or its URI when it is none of ours."""
    message_id: str
    resource: str
    shell_id: str
    options: Mapping[str, str]
    timeout: float
    envelope: int
    body: ET.Element = field(repr=False, compare=False)

    def option(self, name: str, default: bool) -> bool:
        text = self.options.get(name.upper())
        return default if text is None else text.strip().lower() in ("true", "1")


@dataclass(frozen=True)
class CreateShell:
    shell_id: str
    input_streams: str
    output_streams: str
    environment: Mapping[str, str]
    working_directory: str
    idle_timeout: float | None
    lifetime: float | None
    name: str


@dataclass(frozen=True)
class CommandLine:
    command_id: str
    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """A piece of a stream, as it is sent in either direction."""

    name: str
    data: bytes = b""
    end: bool = False
    command_id: str = ""


@dataclass(frozen=True)
class Wanted:
    """The streams that a Receive asks for."""

    command_id: str
    streams: tuple[str, ...]


@dataclass(frozen=True)
class Signal:
    command_id: str
    code: str

    @property
    def name(self) -> str:
        return self.code.rsplit("/", 1)[-1].lower()


def is_identify(data: bytes) -> bool:
    """Whether this is the one message that needs no header."""
    if b"Identify" not in data:
        return False
    try:
        return ET.fromstring(data).find(f"{{{SOAP}}}Body/{{{IDENTITY}}}Identify") is not None
    except ET.ParseError:
        return False


def parse(data: bytes) -> Request:
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Malformed(f"no XML: {error}") from error
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Malformed(f"no SOAP 1.2 envelope: {root.tag}")
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    if header is None or body is None:
        raise Malformed("an envelope needs a header and a body")
    action = _text(header, ADDRESSING, "Action")
    return Request(
        action=ACTION_NAMES.get(action, action),
        message_id=_text(header, ADDRESSING, "MessageID"),
        resource=_text(header, WSMAN, "ResourceURI"),
        shell_id=next(
            (
                item.text or ""
                for item in header.iter(f"{{{WSMAN}}}Selector")
                if item.get("Name", "").lower() == "shellid"
            ),
            "",
        ),
        options={item.get("Name", "").upper(): item.text or "" for item in header.iter(f"{{{WSMAN}}}Option")},
        timeout=_duration(_text(header, WSMAN, "OperationTimeout")) or DEFAULT_TIMEOUT,
        envelope=_whole(_text(header, WSMAN, "MaxEnvelopeSize")) or DEFAULT_ENVELOPE,
        body=body,
    )


def create_shell(request: Request) -> CreateShell:
    shell = _child(request.body, "Shell")
    return CreateShell(
        shell_id=shell.get("ShellId", ""),
        input_streams=_text(shell, SHELL, "InputStreams") or "stdin",
        output_streams=_text(shell, SHELL, "OutputStreams") or "stdout stderr",
        environment={item.get("Name", ""): item.text or "" for item in shell.iter(f"{{{SHELL}}}Variable")},
        working_directory=_text(shell, SHELL, "WorkingDirectory"),
        idle_timeout=_duration(_text(shell, SHELL, "IdleTimeOut") or _text(shell, SHELL, "IdleTimeout")),
        lifetime=_duration(_text(shell, SHELL, "Lifetime")),
        name=_text(shell, SHELL, "Name"),
    )


def command_line(request: Request) -> CommandLine:
    line = _child(request.body, "CommandLine")
    command = line.find(f"{{{SHELL}}}Command")
    if command is None or not (command.text or "").strip():
        raise schema_error("rsp:Command is missing.")
    return CommandLine(
        command_id=line.get("CommandId", ""),
        command=command.text or "",
        arguments=tuple(item.text or "" for item in line.findall(f"{{{SHELL}}}Arguments")),
    )


def sent(request: Request) -> list[Chunk]:
    streams = _child(request.body, "Send").findall(f"{{{SHELL}}}Stream")
    if not streams:
        raise schema_error("rsp:Stream is missing.")
    return [_chunk(item) for item in streams]


def wanted(request: Request) -> Wanted:
    stream = _child(request.body, "Receive").find(f"{{{SHELL}}}DesiredStream")
    if stream is None:
        raise schema_error("rsp:DesiredStream is missing.")
    return Wanted(stream.get("CommandId", ""), tuple((stream.text or "").split()))


def signal(request: Request) -> Signal:
    element = _child(request.body, "Signal")
    return Signal(element.get("CommandId", ""), _text(element, SHELL, "Code"))


def _chunk(item: ET.Element) -> Chunk:
    try:
        data = base64.b64decode(re.sub(r"\s+", "", item.text or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise schema_error(f"rsp:Stream is not base64: {error}.") from error
    return Chunk(item.get("Name", ""), data, item.get("End", "").lower() in ("true", "1"), item.get("CommandId", ""))


def _child(body: ET.Element, name: str) -> ET.Element:
    found = body.find(f"{{{SHELL}}}{name}")
    if found is None:
        raise schema_error(f"rsp:{name} is missing.")
    return found


def _text(parent: ET.Element, namespace: str, name: str) -> str:
    found = parent.find(f"{{{namespace}}}{name}")
    return "" if found is None else (found.text or "").strip()


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def _duration(text: str) -> float | None:
    """Seconds of an `xs:duration` such as `PT20S` or `P0DT0H1M30.5S`; None for none."""
    if not text:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise schema_error(f"{text!r} is no duration.")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


# ----------------------------------------------------------------------------------------------------------- replies


_PREFIXES = {"x": TRANSFER, "e": EVENTING, "n": ENUMERATION, "w": WSMAN, "rsp": SHELL, "p": WSMAN_MS}


def new_id() -> str:
    return str(uuid.uuid4()).upper()


def envelope(action: str, relates_to: str, body: str, prefixes: Iterable[str]) -> bytes:
    spaces = "".join(f' xmlns:{prefix}="{_PREFIXES[prefix]}"' for prefix in prefixes)
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"{spaces}>'
        f"<s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{new_id()}</a:MessageID>"
        f"<p:ActivityId>{new_id()}</p:ActivityId><a:To>{ANONYMOUS}</a:To>{related}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def reply(request: Request, body: str, prefixes: Iterable[str] = ("x", "w", "rsp", "p")) -> bytes:
    return envelope(ACTIONS.get(request.action, request.action) + "Response", request.message_id, body, prefixes)


def shell_created(request: Request, address: str, description: str, shell_id: str) -> bytes:
    return reply(
        request,
        f"<x:ResourceCreated><a:Address>{escape(address)}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{escape(request.resource)}</w:ResourceURI><w:SelectorSet><w:Selector "
        f'Name="ShellId">{escape(shell_id)}</w:Selector></w:SelectorSet>'
        f"</a:ReferenceParameters></x:ResourceCreated>{description}",
    )


def shell_description(
    *,
    shell_id: str,
    resource: str,
    owner: str,
    client: str,
    created: CreateShell,
    idle_timeout: float,
    run_time: float = 0,
    inactivity: float = 0,
) -> str:
    """The `rsp:Shell` element, its children in the order of captured replies."""
    variables = "".join(
        f"<rsp:Variable Name={quoteattr(name)}>{escape(value)}</rsp:Variable>"
        for name, value in created.environment.items()
    )
    children = [
        ("ShellId", shell_id),
        ("Name", created.name),
        ("ResourceUri", resource),
        ("Owner", owner),
        ("ClientIP", client),
        ("Environment", variables),
        ("WorkingDirectory", created.working_directory),
        ("IdleTimeOut", f"PT{idle_timeout:.3f}S"),
        ("InputStreams", created.input_streams),
        ("OutputStreams", created.output_streams),
        ("ShellRunTime", _span(run_time)),
        ("ShellInactivity", _span(inactivity)),
    ]
    inner = "".join(
        f"<rsp:{name}>{text if name == 'Environment' else escape(text)}</rsp:{name}>" for name, text in children if text
    )
    return f'<rsp:Shell xmlns:rsp="{SHELL}">{inner}</rsp:Shell>'


def _span(seconds: float) -> str:
    whole = int(seconds)
    return f"P{whole // 86400}DT{whole // 3600 % 24}H{whole // 60 % 60}M{whole % 60}S"


def command_started(request: Request, command_id: str) -> bytes:
    return reply(
        request, f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"
    )


def accepted(request: Request) -> bytes:
    """The reply to Send and Signal."""
    return reply(request, f"<rsp:{request.action}Response/>")


def deleted(request: Request) -> bytes:
    return reply(request, "", ("w", "p"))


def received(request: Request, command_id: str, chunks: Iterable[Chunk], exit_code: int | None) -> bytes:
    """Output so far; with an exit code the command is done."""
    name = quoteattr(command_id)
    end = ' End="true"'
    streams = "".join(
        f"<rsp:Stream Name={quoteattr(chunk.name)} "
        f"CommandId={name}{end if chunk.end else ''}>{base64.b64encode(chunk.data).decode()}</rsp:Stream>"
        for chunk in chunks
    )
    if exit_code is None:
        state = f'<rsp:CommandState CommandId={name} State="{STATE_RUNNING}"></rsp:CommandState>'
    else:
        state = (
            f"<rsp:CommandState CommandId={name} "
            f'State="{STATE_DONE}"><rsp:ExitCode>{exit_code}</rsp:ExitCode></rsp:CommandState>'
        )
    return reply(request, f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>", ("w", "rsp", "p"))


def room(request: Request) -> int:
    """How many bytes of output fit into one reply to this Receive: the envelope less what stands around, in base64."""
    around = len(received(request, new_id(), [Chunk("stdout", b"", True), Chunk("stderr", b"", True)], -2147483648))
    return max(3, (request.envelope - around) * 3 // 4)


def chunk_overhead(command_id: str) -> int:
    """What a further Stream element costs in such a reply, in bytes of output."""
    return (len(f'<rsp:Stream Name="stdout" CommandId="{command_id}"></rsp:Stream>') + 4) * 3 // 4 + 3


def identified() -> bytes:
    return (
        f'<s:Envelope xml:lang="" xmlns:s="{SOAP}"><s:Header/><s:Body><wsmid:IdentifyResponse xmlns:wsmid="{IDENTITY}">'
        f"<wsmid:ProtocolVersion>{WSMAN}</wsmid:ProtocolVersion><wsmid:ProductVendor>gopher.devbox "
        f"tests</wsmid:ProductVendor>"
        "<wsmid:ProductVersion>winhost in front of "
        "Wine</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
    ).encode()


def config(request: Request, kilobytes: int) -> bytes:
    return reply(
        request,
        f'<cfg:Config xmlns:cfg="{CONFIG}"><cfg:MaxEnvelopeSizekb>{kilobytes}</cfg:MaxEnvelopeSizekb></cfg:Config>',
    )


def faulted(fault: WsmanFault, relates_to: str, machine: str) -> bytes:
    side = "s:Sender" if fault.sender else "s:Receiver"
    text = escape(fault.message)
    detail = f"<w:FaultDetail>{FAULT_DETAIL}{fault.detail}</w:FaultDetail>" if fault.detail else ""
    if fault.wmi:
        detail += _wmi_error(fault)
    else:
        inner = (
            f'<f:ProviderFault provider="Shell cmd plugin" '
            f'path="%systemroot%\\system32\\winrscmd.dll">{text}</f:ProviderFault>'
            if fault.provider
            else text
        )
        detail += (
            f'<f:WSManFault xmlns:f="{WSMAN_FAULT}" Code="{fault.code}" '
            f"Machine={quoteattr(machine)}><f:Message>{inner}</f:Message></f:WSManFault>"
        )
    body = (
        f"<s:Fault><s:Code><s:Value>{side}</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>'
    )
    return envelope(FAULT_ACTION, relates_to, body, ("x", "e", "n", "w", "p"))


def _wmi_error(fault: WsmanFault) -> str:
    """Since Windows 8 a quota is told in this form, in which no WSManFault stands."""
    text = escape(fault.message)
    values = [
        ("CIMStatusCode", "cimUnsignedInt", "27"),
        ("CIMStatusCodeDescription", "cimString", None),
        ("ErrorSource", "cimString", None),
        ("ErrorSourceFormat", "cimUnsignedShort", "0"),
        ("ErrorType", "cimUnsignedShort", "0"),
        ("Message", "cimString", text),
        ("MessageID", "cimString", f"HRESULT 0x{fault.code:08x}"),
        ("OtherErrorSourceFormat", "cimString", None),
        ("OtherErrorType", "cimString", None),
        ("OwningEntity", "cimString", None),
        ("PerceivedSeverity", "cimUnsignedShort", "0"),
        ("ProbableCause", "cimUnsignedShort", "0"),
        ("ProbableCauseDescription", "cimString", None),
        ("error_Category", "cimUnsignedInt", "30"),
        ("error_Code", "cimUnsignedInt", str(fault.code)),
        ("error_Type", "cimString", "HRESULT"),
        ("error_WindowsErrorMessage", "cimString", text),
    ]
    inner = "".join(
        f'<p:{name} xsi:type="cim:{kind}" xsi:nil="true"/>'
        if value is None
        else f'<p:{name} xsi:type="cim:{kind}">{value}</p:{name}>'
        for name, kind, value in values
    )
    return (
        f'<p:MSFT_WmiError b:IsCIM_Error="true" xmlns:xsi="{XSI}" xmlns:b="{CIM_BINDING}" xmlns:p="{WMI_ERROR}" '
        f'xmlns:cim="{CIM_COMMON}"'
        f' xsi:type="p:MSFT_WmiError_Type">{inner}</p:MSFT_WmiError>'
    )
