"""Texts that a careless renderer would obey, and what a sample of a summary is."""

from __future__ import annotations

from dataclasses import dataclass, field

MARKER = "zqz"  # in every hostile text: outside code, and in a picture's source, it must not be found

# Each would do something if it were read as more than text. `pwned` is what a script would set.
HOSTILE = (
    "zqz <script>window.pwned=1</script>",
    "zqz <img src=x onerror=window.pwned=2>",
    "zqz <svg onload=window.pwned=3><style>*{display:none}</style>",
    "zqz </code></td></table></details><h1>zqz",
    "zqz --> <!-- zqz",
    "zqz [click](https://evil.example/?zqz) [zqz]: https://evil.example",
    "zqz ![pixel](https://evil.example/p.png) [a](javascript:window.pwned=4)",
    "zqz https://evil.example/zqz www.evil.example evil@evil.example",
    "zqz @octocat @octo/team #1 octo/repo#2 :tada: GH-3 zqz",
    "zqz 0123456789abcdef0123456789abcdef01234567",
    "zqz | a | b \\| c \\\\| zqz",
    "zqz `code` ``` ~~~ $`x^2`$ $$y$$ **bold** __b__ ~~s~~ [^1] zqz",
    "zqz &lt;b&gt; &#60;i&#62; &amp; zqz",
    'zqz :s0, 0, 1 ; %%{init: {}}%% click s0 href "javascript:window.pwned=5"',
    "zqz ::error::x ##[add-mask]zqz ::set-output name=a::b",
    "# zqz - [x] > + 1. zqz === ---",
    "zqz \uff1cscript\uff1e Ünïcödé 日本語 العربية 🔬 zqz",
)
# What must be shown in another form: directions and control characters vanish, a line break becomes a blank.
CHANGED = (
    ("zqz \u202egnp.exe\u202c \u2066zqz\u2069", "zqz gnp.exe zqz"),
    ("zqz\n\n| a | b |\n|---|---|\n## zqz\r\n```\u2028x", "zqz | a | b | |---|---| ## zqz ``` x"),
    ("zqz\x00\x1b[31mred\x07\x85 zqz", "zqz [31mred zqz"),
    ("zqz lone \ud800 surrogate", "zqz lone \\ud800 surrogate"),
)


@dataclass(frozen=True)
class Sample:
    """A summary, and what its reader must find in it."""

    name: str
    markdown: str
    headline: str
    literal: tuple[str, ...] = ()
    pictures: int = 0
    texts: tuple[str, ...] = field(default=())
