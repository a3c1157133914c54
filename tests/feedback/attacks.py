"""A hundred texts that try to become something else than text, and a reader of pages that notices when one does."""

import re
from html.parser import HTMLParser

TRY = "alert(1)"
MARKUP = [
    f"<script>{TRY}</script>",
    f"<ScRiPt>{TRY}</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    f"<script\x0c>{TRY}</script\x0c>",
    f"<scr<script>ipt>{TRY}</scr</script>ipt>",
    f"<img src=x onerror={TRY}>",
    f"<img src=x onerror={TRY}//",
    f"<img/src='x'/onerror='{TRY}'>",
    f"<svg onload={TRY}>",
    f"<svg/onload={TRY}>",
    f"<svg><script>{TRY}</script></svg>",
    f"<svg><animate onbegin={TRY} attributeName=x dur=1s>",
    f"<svg><use href='data:image/svg+xml,<svg id=x onload={TRY}>#x'/></svg>",
    f"<math><mtext><img src onerror={TRY}></mtext></math>",
    f"<body onload={TRY}>",
    f"<iframe src=javascript:{TRY}></iframe>",
    f"<iframe srcdoc='<script>{TRY}</script>'></iframe>",
    f"<object data=javascript:{TRY}></object>",
    f"<embed src=javascript:{TRY}>",
    f"<a href=javascript:{TRY}>x</a>",
    f"<a href='java\tscript:{TRY}'>x</a>",
    f"<a href='&#106;avascript:{TRY}'>x</a>",
    f"<a href='data:text/html,<script>{TRY}</script>'>x</a>",
    "<a href=//evil.example>x</a>",
    f"<form action=javascript:{TRY}><button>x</button></form>",
    f"<button formaction=javascript:{TRY}>x</button>",
    f"<input autofocus onfocus={TRY}>",
    f"<select autofocus onfocus={TRY}></select>",
    f"<details open ontoggle={TRY}><summary>x</summary></details>",
    f"<video><source onerror={TRY}></video>",
    f"<audio src=x onerror={TRY}>",
    f"<marquee onstart={TRY}>x</marquee>",
    f"<div style='background:url(javascript:{TRY})'>x</div>",
    f"<div style='width:expression({TRY})'>x</div>",
    "<style>@import '//evil.example/x.css';</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    f"<meta http-equiv=refresh content='0;url=javascript:{TRY}'>",
    "<base href=//evil.example/>",
    f"<template><script>{TRY}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={TRY}>'></noscript>",
    f"<!--><img src=x onerror={TRY}>-->",
    f"<![CDATA[<script>{TRY}</script>]]>",
    f"<?xml version='1.0'?><x onload={TRY}/>",
    f"<p onmouseover={TRY}>x</p>",
    f"<x onclick={TRY} tabindex=1 id=x>x</x>#x",
    f"<keygen autofocus onfocus={TRY}>",
    f"<table background=javascript:{TRY}>",
    f"<isindex type=image src=1 onerror={TRY}>",
    f"<bdo dir=rtl onclick={TRY}>x</bdo>",
    f"<slot name=x onslotchange={TRY}></slot>",
]
BREAK_OUT = [
    f'"><script>{TRY}</script>',
    f"'><script>{TRY}</script>",
    f'" onmouseover={TRY} x="',
    f"' onmouseover={TRY} x='",
    f"` onmouseover={TRY} x=`",
    f'" autofocus onfocus={TRY} "',
    f"</textarea><script>{TRY}</script>",
    f"</title><script>{TRY}</script>",
    f"</blockquote></section><script>{TRY}</script>",
    f"</option></select><img src=x onerror={TRY}>",
    f"</bdi></a><img src=x onerror={TRY}>",
    f"--><script>{TRY}</script><!--",
    f"]]><script>{TRY}</script>",
    f"</style><script>{TRY}</script>",
    f"</noscript><script>{TRY}</script>",
    f'<bdi lang="" onclick={TRY}>x',
    f'x" dir="ltr" onclick="{TRY}',
    f"&quot;&gt;&lt;script&gt;{TRY}&lt;/script&gt;",
    f"&amp;lt;script&amp;gt;{TRY}",
    f"&#60;script&#62;{TRY}&#60;/script&#62;",
    f"&#x3c;script&#x3e;{TRY}",
    f"&lt;img src=x onerror={TRY}&gt;",
]
ENCODED = [
    f"\uff1cscript\uff1e{TRY}\uff1c/script\uff1e",
    f"\ufe64script\ufe65{TRY}",
    f"\u2039script\u203a{TRY}",
    f"%3Cscript%3E{TRY}%3C/script%3E",
    f"%253Cscript%253E{TRY}",
    f"\\x3cscript\\x3e{TRY}",
    f"\\u003cscript\\u003e{TRY}",
    f"+ADw-script+AD4-{TRY}+ADw-/script+AD4-",
    f"\ufeff<script>{TRY}</script>",
    f"<\u200bscript>{TRY}</script>",
    "\u202e>tpircs/<)1(trela>tpircs<",
    f"\u2066<script>\u2069{TRY}",
    f"<s\u0327cript>{TRY}",
    f"<\u017fcript>{TRY}</\u017fcript>",
    f"javascript:{TRY}",
    f"jav&#x0A;ascript:{TRY}",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "https://evil.example/?q=<b>x</b>",
    "www.evil.example mailto:x@",
    "{{ 7|add:7 }} {% load x %}{% debug %} {# x #}",
    "${7*7} #{7*7} <%= 7*7 %> {7}",
    "%(name)s %s %d {0} {name}",
    "'; DROP TABLE feedback_item; --",
    "' OR '1'='1",
    "=1+1|cmd' /C calc'!A0",
    "\r\nSet-Cookie: x=1\r\n\r\n<script>",
    "\x1b[31mred\x1b[0m \x07 \x08",
    "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309" * 9,
]
ATTACKS = [*MARKUP, *BREAK_OUT, *ENCODED]
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "background"}
NEVER = {
    "iframe",
    "object",
    "embed",
    "base",
    "img",
    "video",
    "audio",
    "math",
    "marquee",
    "style",
    "x",
    "template",
}


class Page(HTMLParser):
    """What a browser would make of a page: its text, and everything that is more than text and should not be."""

    def __init__(self, answer):
        super().__init__()
        self.status = answer.status_code
        self.words: list[str] = []
        self.faults: list[str] = []
        self.feed(answer.content.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        is_foreign_script = tag == "script" and not re.match(r"/[a-z]", dict(attrs).get("src") or "")
        if tag in NEVER or is_foreign_script:
            self.faults.append(f"<{tag} {attrs}>")
        if tag == "br":
            self.words.append("\n")
        for name, value in attrs:
            address = "".join((value or "").split()).lower()
            is_foreign = name in ADDRESSES and (
                address.startswith(("javascript:", "data:", "vbscript:", "//"))
                or "evil.example" in address.split("?")[0]
            )
            if name.startswith("on") or name in ("style", "srcdoc") or address == "refresh" or is_foreign:
                self.faults.append(f"<{tag} {name}={value!r}>")

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.faults.append(f"<!--{data}-->")

    def unknown_decl(self, data):
        self.faults.append(f"<![{data}]>")

    @property
    def text(self) -> str:
        return bare("".join(self.words))


def bare(text: str) -> str:
    """Without blanks, which HTML does not count."""
    return "".join(text.split())


def faults_in(answer, *texts: str) -> list[str]:
    """What of the page is not as it should be: an error of ours, markup that came from outside, a text that is lost."""
    page = Page(answer)
    if page.status >= 500:
        return [f"status {page.status}"]
    return page.faults + [f"not on the page: {text!r}" for text in texts if bare(text) not in page.text]
