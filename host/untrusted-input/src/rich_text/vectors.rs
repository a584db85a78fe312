//! What people send who mean harm, and what is left of it. None if nothing is left.

pub(super) const VECTORS: &[(&str, Option<&str>)] = &[
    ("<b>innocent</b>", Some("<b>innocent</b>")),
    (
        "<p>innocent <strong>text</strong> and <em>more</em></p>",
        Some("<p>innocent <strong>text</strong> and <em>more</em></p>"),
    ),
    (
        "innocent & <3 5 < 6 > 4",
        Some("innocent &amp; &lt;3 5 &lt; 6 &gt; 4"),
    ),
    (
        "<p>innocent</p><a href=\"https://example.com/a?b=1&c=2\" target=\"_blank\" onclick=\"x()\">link</a>",
        Some(
            "<p>innocent</p><a href=\"https://example.com/a?b=1&amp;c=2\" rel=\"noopener noreferrer nofollow\">link</a>",
        ),
    ),
    (
        "<a href=\"mailto:a@example.com\">innocent</a>",
        Some("<a href=\"mailto:a@example.com\" rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    ("<script>alert(1)</script>innocent", Some("innocent")),
    (
        "<SCRIPT SRC=http://evil.example/x.js></SCRIPT>innocent",
        Some("innocent"),
    ),
    (
        "<scr<script>ipt>alert(1)</scr</script>ipt>innocent",
        Some("&lt;script&gt;innocent"),
    ),
    (
        "<<SCRIPT>alert(\"x\");//<</SCRIPT>innocent",
        Some("&lt;innocent"),
    ),
    (
        "<script/xss src=\"http://evil.example/x.js\"></script>innocent",
        Some("innocent"),
    ),
    ("<script>innocent", None),
    (
        "innocent<script src=//evil.example/.j",
        Some("innocent&lt;script src=//evil.example/.j"),
    ),
    ("<svg onload=alert(1)>innocent", Some("innocent")),
    (
        "<svg/onload=alert(1)//innocent",
        Some("&lt;svg/onload=alert(1)//innocent"),
    ),
    (
        "<svg><script>alert(1)</script></svg>innocent",
        Some("innocent"),
    ),
    (
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>innocent",
        None,
    ),
    (
        "<svg><a xlink:href=\"javascript:alert(1)\"><text x=\"20\" y=\"20\">innocent</text></a></svg>",
        None,
    ),
    (
        "<svg><set attributeName=href to=\"javascript:alert(1)\"/>innocent</svg>",
        Some("innocent"),
    ),
    (
        "<svg><foreignObject><iframe onload=alert(1)></iframe>innocent</foreignObject></svg>",
        None,
    ),
    (
        "<svg><style><img src=x onerror=alert(1)></style>innocent</svg>",
        Some("innocent"),
    ),
    (
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">innocent",
        Some("<p></p>\"&gt;innocent"),
    ),
    ("<img src=x onerror=alert(1)>innocent", Some("innocent")),
    (
        "<img src=\"x\" onerror=\"&#97;lert(1)\">innocent",
        Some("innocent"),
    ),
    (
        "<img \"\"\"><script>alert(\"x\")</script>\">innocent",
        Some("\"&gt;innocent"),
    ),
    ("<img src=javascript:alert(1)>innocent", Some("innocent")),
    (
        "<IMG LOWSRC=\"javascript:alert(1)\">innocent",
        Some("innocent"),
    ),
    ("<image src=x onerror=alert(1)>innocent", Some("innocent")),
    (
        "<video><source onerror=\"alert(1)\">innocent</video>",
        Some("innocent"),
    ),
    (
        "<audio src=x onerror=alert(1)>innocent</audio>",
        Some("innocent"),
    ),
    ("<body onload=alert(1)>innocent</body>", Some("innocent")),
    (
        "<details open ontoggle=alert(1)>innocent</details>",
        Some("innocent"),
    ),
    (
        "<marquee onstart=alert(1)>innocent</marquee>",
        Some("innocent"),
    ),
    (
        "<p onmouseover=\"alert(1)\" onclick=alert(1)>innocent</p>",
        Some("<p>innocent</p>"),
    ),
    (
        "<p onmouseover=alert(1)//>innocent</p>",
        Some("<p>innocent</p>"),
    ),
    ("<b/onclick=alert(1)>innocent</b>", Some("<b>innocent</b>")),
    (
        "<b \"onclick=alert(1)>innocent</b>",
        Some("<b>innocent</b>"),
    ),
    (
        "<input autofocus onfocus=alert(1)>innocent",
        Some("innocent"),
    ),
    (
        "<select onfocus=alert(1) autofocus>innocent",
        Some("innocent"),
    ),
    (
        "<textarea onfocus=alert(1) autofocus>innocent</textarea>",
        Some("innocent"),
    ),
    (
        "<a href=\"javascript:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"JaVaScRiPt:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java\tscript:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java\nscript:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java&#9;script:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java&Tab;script&colon;alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java&NewLine;script:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\" \u{1}javascript:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"\u{200b}javascript:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"java\u{202e}script:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"javascript\u{0}:alert(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"vbscript:msgbox(1)\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"data:text/html,<script>alert(1)</script>\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"file:///etc/passwd\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"//evil.example\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"/v1/alerts\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"#x\" name=y id=z>innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"https://example.com/&quot; onclick=&quot;alert(1)\">innocent</a>",
        Some(
            "<a href=\"https://example.com/&quot; onclick=&quot;alert(1)\" rel=\"noopener noreferrer nofollow\">innocent</a>",
        ),
    ),
    (
        "<a href='https://example.com/\" onclick=\"alert(1)'>innocent</a>",
        Some(
            "<a href=\"https://example.com/&quot; onclick=&quot;alert(1)\" rel=\"noopener noreferrer nofollow\">innocent</a>",
        ),
    ),
    (
        "<a href=\"https://example.com\" href=\"javascript:alert(1)\">innocent</a>",
        Some("<a href=\"https://example.com\" rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a href=\"javascript:alert(1)\" href=\"https://example.com\">innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<a ping=\"https://evil.example\" download href=\"https://example.com\">innocent</a>",
        Some("<a href=\"https://example.com\" rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    (
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;p title=\"\"&gt;innocent"),
    ),
    (
        "<style><img title=\"</style><img src=x onerror=alert(1)>\">innocent",
        Some("\"&gt;innocent"),
    ),
    (
        "<template><script>alert(1)</script>x</template>innocent",
        Some("innocent"),
    ),
    (
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;p title=\"\"&gt;innocent"),
    ),
    (
        "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;img title=\"\"&gt;innocent"),
    ),
    (
        "<noframes><img title=\"</noframes><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;img title=\"\"&gt;innocent"),
    ),
    (
        "<title><img title=\"</title><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;img title=\"\"&gt;innocent"),
    ),
    (
        "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">innocent",
        Some("&lt;img title=\"\"&gt;innocent"),
    ),
    (
        "<plaintext><script>alert(1)</script>innocent",
        Some("&lt;script&gt;alert(1)&lt;/script&gt;innocent"),
    ),
    (
        "<listing>&lt;img src=x onerror=alert(1)&gt;innocent</listing>",
        Some("&lt;img src=x onerror=alert(1)&gt;innocent"),
    ),
    (
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">innocent",
        None,
    ),
    (
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>innocent",
        None,
    ),
    (
        "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style>innocent</annotation-xml></math>",
        None,
    ),
    (
        "<math href=\"javascript:alert(1)\">innocent</math>",
        Some("innocent"),
    ),
    (
        "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">innocent",
        None,
    ),
    (
        "<!--<img src=\"--><img src=x onerror=alert(1)//\">innocent",
        Some("innocent"),
    ),
    (
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->innocent",
        Some("innocent"),
    ),
    (
        "<![CDATA[<script>alert(1)</script>]]>innocent",
        Some("alert(1)]]&gt;innocent"),
    ),
    (
        "<?xml version=\"1.0\"?><?php alert(1) ?>innocent",
        Some("&lt;?php alert(1) ?&gt;innocent"),
    ),
    (
        "<!DOCTYPE html [<!ENTITY x \"<script>alert(1)</script>\">]>innocent&x;",
        Some("alert(1)\"&gt;]&gt;innocent&amp;x;"),
    ),
    (
        "<iframe src=\"javascript:alert(1)\"></iframe>innocent",
        Some("innocent"),
    ),
    (
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>innocent",
        Some("innocent"),
    ),
    (
        "<iframe>innocent</iframe>innocent",
        Some("innocentinnocent"),
    ),
    (
        "<frameset onload=alert(1)><frame src=\"javascript:alert(1)\"></frameset>innocent",
        Some("innocent"),
    ),
    (
        "<object data=\"javascript:alert(1)\"></object>innocent",
        Some("innocent"),
    ),
    (
        "<object type=\"text/x-scriptlet\" data=\"http://evil.example/x.html\">innocent</object>",
        Some("innocent"),
    ),
    (
        "<embed src=\"javascript:alert(1)\">innocent",
        Some("innocent"),
    ),
    (
        "<applet code=\"x.class\">innocent</applet>",
        Some("innocent"),
    ),
    (
        "<form action=\"javascript:alert(1)\"><button>innocent</button></form>",
        Some("innocent"),
    ),
    (
        "<button formaction=\"javascript:alert(1)\">innocent</button>",
        Some("innocent"),
    ),
    (
        "<isindex action=\"javascript:alert(1)\" type=image>innocent",
        Some("innocent"),
    ),
    (
        "<base href=\"javascript:alert(1)//\">innocent",
        Some("innocent"),
    ),
    (
        "<meta http-equiv=\"refresh\" content=\"0;url=javascript:alert(1)\">innocent",
        Some("innocent"),
    ),
    (
        "<link rel=stylesheet href=\"javascript:alert(1)\">innocent",
        Some("innocent"),
    ),
    (
        "<link rel=import href=\"data:text/html,<script>alert(1)</script>\">innocent",
        Some("innocent"),
    ),
    (
        "<style>@import \"javascript:alert(1)\";</style>innocent",
        Some("innocent"),
    ),
    (
        "<style>body{background:url(\"javascript:alert(1)\")}</style>innocent",
        Some("innocent"),
    ),
    (
        "<p style=\"width:expression(alert(1))\">innocent</p>",
        Some("<p>innocent</p>"),
    ),
    (
        "<p style=\"background:url(javascript:alert(1))\" class=\"x\" id=\"y\" title=\"z\">innocent</p>",
        Some("<p>innocent</p>"),
    ),
    (
        "<p style=\"position:fixed;top:0;left:0;width:100%\">innocent</p>",
        Some("<p>innocent</p>"),
    ),
    (
        "<table background=\"javascript:alert(1)\"><tr><td>innocent</td></tr></table>",
        Some("innocent"),
    ),
    (
        "<bgsound src=\"javascript:alert(1)\">innocent",
        Some("innocent"),
    ),
    (
        "<layer src=\"http://evil.example/x.js\">innocent</layer>",
        Some("innocent"),
    ),
    (
        "<xss onpointerrawupdate=alert(1) style=display:block>innocent</xss>",
        Some("innocent"),
    ),
    (
        "<custom-element onclick=alert(1)>innocent</custom-element>",
        Some("&lt;custom-element onclick=alert(1)&gt;innocent&lt;/custom-element&gt;"),
    ),
    ("<p><p><p>innocent", Some("<p></p><p></p><p>innocent</p>")),
    ("<b><i><u>innocent", Some("<b><i><u>innocent</u></i></b>")),
    (
        "<b><p>innocent</b></p>",
        Some("<b></b><p><b>innocent</b></p>"),
    ),
    (
        "<a href=\"https://a.example\"><a href=\"javascript:alert(1)\">innocent</a></a>",
        Some(
            "<a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\"></a><a rel=\"noopener noreferrer nofollow\">innocent</a>",
        ),
    ),
    (
        "<ul><li>innocent<li>innocent</ul></ul></li>",
        Some("<ul><li>innocent</li><li>innocent</li></ul>"),
    ),
    (
        "<blockquote><pre>\n\n\ninnocent</pre></blockquote>",
        Some("<blockquote><pre>innocent</pre></blockquote>"),
    ),
    (
        "<h1>innocent</h1><h3>innocent</h3>",
        Some("innocent<h3>innocent</h3>"),
    ),
    (
        "＜script＞alert(1)＜/script＞innocent",
        Some("＜script＞alert(1)＜/script＞innocent"),
    ),
    (
        "¼script¾alert(1)¼/script¾innocent",
        Some("¼script¾alert(1)¼/script¾innocent"),
    ),
    (
        "&lt;script&gt;alert(1)&lt;/script&gt;innocent",
        Some("&lt;script&gt;alert(1)&lt;/script&gt;innocent"),
    ),
    (
        "&amp;lt;script&amp;gt;innocent",
        Some("&amp;lt;script&amp;gt;innocent"),
    ),
    (
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-innocent",
        Some("+ADw-script+AD4-alert(1)+ADw-/script+AD4-innocent"),
    ),
    (
        "%3Cscript%3Ealert(1)%3C/script%3Einnocent",
        Some("%3Cscript%3Ealert(1)%3C/script%3Einnocent"),
    ),
    (
        "\\u003cscript\\u003ealert(1)innocent",
        Some("\\u003cscript\\u003ealert(1)innocent"),
    ),
    ("innocent\u{202e}txt.exe", Some("innocenttxt.exe")),
    (
        "<scr\u{0}ipt>alert(1)</scr\u{0}ipt>innocent",
        Some("innocent"),
    ),
    ("<\u{0}script>alert(1)</script>innocent", Some("innocent")),
    (
        "< script>alert(1)</ script>innocent",
        Some("&lt; script&gt;alert(1)&lt;/ script&gt;innocent"),
    ),
    (
        "<script\u{c}alert(1)</script>innocent",
        Some("&lt;scriptalert(1)innocent"),
    ),
    ("<img src=x\u{c}onerror=alert(1)>innocent", Some("innocent")),
    ("<IMG SRC=`javascript:alert(1)`>innocent", Some("innocent")),
    (
        "<a href=`javascript:alert(1)`>innocent</a>",
        Some("<a rel=\"noopener noreferrer nofollow\">innocent</a>"),
    ),
    ("<div><span>innocent</span></div>", Some("innocent")),
    (
        "{{constructor.constructor(\"alert(1)\")()}} innocent",
        Some("{{constructor.constructor(\"alert(1)\")()}} innocent"),
    ),
    (
        "<p v-html=\"alert(1)\" x-on:click=\"alert(1)\" data-x=\"y\">innocent</p>",
        Some("<p>innocent</p>"),
    ),
];
