"""Furniture of English sites.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: 181 saved pages in English and other languages, and the forms of agencies and papers.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "en-end",
        r"(?-i:(?:THE\s|The\s)?(?:END|End))",
    ),
    (
        "en-advertisement",
        (
            r"advertise?ment(?:\s-\s.{0,30})?|sponsored(?: content)?|"
            r"story continues below(?: advertisement)?|scroll to continue.{0,30}"
        ),
    ),
    (
        "en-more",
        (
            r"(?:read|see|learn|show|load|find out|view) more(?:\s?[:：].{0,50}|(?:\s(?:about|on|"
            r"at|from|in)\s.{1,30}))?|continue reading.{0,30}"
        ),
    ),
    (
        "en-related",
        (
            r"(?:related|recommended|popular|more|latest|top|trending)(?:\s(?:articles?|stor(?:y|"
            r"ies)|news|posts?|topics?|coverage|links?|content|reading|videos?)){1,2}|related|"
            r"recommended for you|you (?:may|might) (?:also )?(?:like|be interested in).{0,10}|"
            r"most (?:read|popular|viewed|shared|commented)|what to read next|don['’]t miss|"
            r"up next|more from .{1,30}|read also\s?:?.{0,50}"
        ),
    ),
    (
        "en-share",
        (
            r"share(?: this)?(?: (?:article|story|page|post))?(?: (?:on|via|with) .{1,30})?|"
            r"share\s?:.{0,40}|copy (?:the )?link|(?:re)?tweet|print(?: this)?(?: page| article)?|"
            r"email(?: this)?(?: article| story)?"
        ),
    ),
    (
        "en-share",
        (
            r"(?:facebook|twitter|x|whatsapp|linkedin|email|reddit|pinterest|telegram|"
            r"messenger)(?:[\s|/,]{1,3}(?:facebook|twitter|x|whatsapp|linkedin|email|reddit|"
            r"pinterest|telegram|messenger|copy link|print)){1,8}"
        ),
    ),
    (
        "en-subscribe",
        (
            r"(?:sign up|subscribe)(?: now| today| here| free)?(?: (?:for|to) .{1,45})?|"
            r"(?:sign up|subscribe) (?:for|to) (?:our|the) .{0,30}(?:newsletter|"
            r"briefing)s?\b.{0,60}|register now|get (?:the|our) .{0,20}newsletter.{0,30}|"
            r"newsletter|already a subscriber\W.{0,30}"
        ),
    ),
    (
        "en-follow",
        (
            r"(?:follow|like|join|find) (?:us|me|@\w{1,20}) on .{1,60}|click here (?:to|"
            r"for) .{1,45}|download (?:our|the) .{0,20}app.{0,20}"
        ),
    ),
    (
        "en-copyright",
        (
            r"copyright\s?(?:©|\(c\)|\d{4}).{0,50}|\(c\)\s?\d{4}.{0,50}|all rights reserved|"
            r".{0,30}\ball rights reserved|this material may not be (?:published|"
            r"reproduced).{0,60}"
        ),
    ),
    (
        "en-credit",
        (
            r"(?:additional |further )?(?:reporting|writing|editing|compiled|production|research|"
            r"graphics?|translation) by (?-i:[A-Z]).{1,70}|our standards\s?:.{0,50}"
        ),
    ),
    (
        "en-toolbar",
        (
            r"(?:\d{1,6} |leave a |post a |view |add |show |hide )?comments?(?:\s?\(\d{1,6}\))?|"
            r"back to top|skip to (?:main )?content|skip advert|log ?in|sign in|close|menu|search|"
            r"cookie (?:policy|settings)|accept (?:all )?cookies|privacy policy|terms of (?:use|"
            r"service)"
        ),
    ),
    (
        "en-credit",
        (
            r"(?:reporting|writing|editing)\s?(?:and (?:writing|"
            r"editing) )?by (?-i:[A-Z])[^;]{1,60}[;.]\s?(?:additional |further )?(?:reporting|"
            r"writing|editing)\s?(?:and (?:writing|editing) )?by (?-i:[A-Z]).{1,60}"
        ),
    ),
    (
        "en-credit",
        (
            r"(?:contact|email|e-mail|write to|reach)\s[^@]{1,40}\bat\s\S{1,40}@\S{2,40}|"
            r"(?:this )?story (?:was )?(?:first|originally) (?:published|appeared) (?:on|in|"
            r"at) .{1,50}"
        ),
    ),
    (
        "en-photo",
        (
            r"(?:photo|image|picture|photograph|illustration|graphic)s?(?: credit|"
            r" courtesy(?: of)?| by)?\s?[:：]\s?(?-i:(?:[A-Z][\w.'’&\-]{0,24}|of|the|and|for|"
            r"via)(?:[\s/,|]{1,3}(?:[A-Z][\w.'’&\-]{0,24}|of|the|and|for|via|\d{4})){0,6})"
        ),
    ),
    (
        "en-photo",
        (
            r"(?:file|handout|stock) (?:photo|image)s?(?: (?:by|from|via) .{1,30})?|"
            r"(?:.{1,24}/)?getty images"
        ),
    ),
    (
        "en-advertisement",
        (
            r"(?:article|story|content|post) continues (?:below|after)(?: (?:this |the )?(?:ad|"
            r"advert|advertisement|promotion|newsletter promotion))?|(?:skip|after|"
            r"past) (?:the )?newsletter promotion|paid (?:content|post|partner content)|"
            r"(?:promoted|partner) (?:content|stories)|ad(?:vert)? feedback|advertising|"
            r"sponsored by .{1,30}|remove ads?"
        ),
    ),
    (
        "en-inline",
        (
            r"(?:read|see|watch|listen|view|check out|also|don['’]t miss)(?: also| more| next|"
            r" this| now| here)?\s?(?::|>>|»|\|)\s?[^=]{2,110}|(?:related|see also|also read|"
            r"read also|also see|recommended|more on this|more)\s?(?:stor(?:y|ies)|articles?|"
            r"coverage|reading|news)?\s?(?::|>>|»|\|)\s?[^=]{2,110}"
        ),
    ),
    (
        "en-video",
        (
            r"(?:watch|listen)(?: now| live| here| again)?(?:\s?[:：]\s?(?:the )?(?:video|audio|"
            r"clip|podcast))?|(?:play|watch|loading) (?:the )?(?:video|audio)|"
            r"listen to (?:this )?(?:article|story)(?:\s.{0,20})?|"
            r"your browser does not support .{1,40}|this video (?:can|could) not be played|"
            r"click to (?:enlarge|expand|play|view).{0,20}|view (?:image|gallery|"
            r"photos?)(?: in fullscreen)?"
        ),
    ),
    (
        "en-related",
        (
            r"(?:read|watch|see|try)(?: this)? next|what (?:to|we['’]re) (?:read|watch|reading|"
            r"watching)(?: next| now)?|(?:editors?['’]s?|staff|our|top|reader) picks?|(?:more|"
            r"latest) (?:on|in|from|about) (?:this (?:story|topic|section|author|site)|"
            r"(?-i:[A-Z]).{1,28})|(?:more|other|further) (?:stories|articles|news|reading|"
            r"headlines|coverage)(?: (?:from|on|in|about) .{1,30})?"
        ),
    ),
    (
        "en-related",
        (
            r"(?:recommended|suggested|featured|popular|trending|related|similar|recent|latest|"
            r"top|breaking|most recent|in other)(?: (?:stories|articles|posts|news|headlines|"
            r"reads|videos|content|topics|now|today|this week|on .{1,20}|in .{1,20}|"
            r"from .{1,20}))|most[\s-](?:read|viewed|shared|popular|discussed|"
            r"watched)(?: (?:stories|articles|today|this week|now|in .{1,20}))?|trending|"
            r"people (?:also|are) (?:read|reading|viewed)|you (?:may|might) (?:have missed|"
            r"also enjoy).{0,20}|in case you missed it"
        ),
    ),
    (
        "en-subscribe",
        (
            r"(?:sign up|subscribe|register|join|log in|sign in) (?:today |now |here |"
            r"free )?(?:to|for) (?:receive|get|read|continue|access|unlock|comment|join|"
            r"full).{1,60}|(?:subscribe|sign up) to (?-i:[A-Z]).{1,60}|get (?:the |our )?(?:best|"
            r"latest|day['’]s|top|free|morning|daily|weekly|breaking)\b.{0,50}(?:inbox|newsletter|"
            r"email|e-mail|briefing|alerts?)\b.{0,20}"
        ),
    ),
    (
        "en-subscribe",
        (
            r"(?:support|help us|donate|become|contribute)\b.{0,24}\b(?:independent|quality|"
            r"local) (?:journalism|news|reporting).{0,30}|become a (?:member|subscriber|supporter|"
            r"patron).{0,20}|(?:start|try) (?:your|a) .{0,12}(?:trial|subscription).{0,20}|"
            r"(?:subscriber|member)s?[\s-](?:only|exclusive)(?: (?:content|article|story))?|"
            r"this (?:article|story|content) is (?:for|only for|reserved for) .{1,30}|"
            r"by (?:signing up|subscribing|registering|clicking),? you (?:agree|accept|confirm|"
            r"consent).{1,80}|(?:enter|your) email(?: address)?|sign[\s-]?up"
        ),
    ),
    (
        "en-follow",
        (
            r"(?:follow|like|find|join|watch|add|connect with) (?:us|(?-i:[A-Z]).{1,30}?) (?:on|"
            r"at|as|via) (?:facebook|twitter|x|instagram|whatsapp|youtube|telegram|linkedin|"
            r"tiktok|google|threads|bluesky|mastodon).{0,50}|(?:download|get|try) (?:the|"
            r"our) .{1,30}\bapp\b.{0,20}|join (?:the|our) (?:conversation|discussion|community|"
            r"channel|newsletter|whatsapp).{0,30}|open in (?:the )?app|"
            r"add .{1,30} as a preferred source.{0,20}"
        ),
    ),
    (
        "en-share",
        (
            r"(?:share|save|print|email|tweet|post|listen|comments?|gift|bookmark|copy link|"
            r"link copied)(?:[\s|/,·]{1,3}(?:this|share|save|print|email|tweet|post|listen|"
            r"comments?|gift|bookmark|copy link|facebook|twitter|x|whatsapp|linkedin|reddit|"
            r"more)){1,8}|share (?:on|via|to|with) (?:facebook|twitter|x|whatsapp|linkedin|email|"
            r"reddit|friends).{0,60}"
        ),
    ),
    (
        "en-counter",
        (
            r"\d[\d,.]{0,9}[km]?\s(?:comments?|shares?|views?|likes?|reads?|reactions?|repl(?:y|"
            r"ies)|claps?)(?:[\s|/,·]{1,3}\d[\d,.]{0,9}[km]?\s(?:comments?|shares?|views?|likes?|"
            r"reads?)){0,3}|(?:view|read|show|see|hide|add|post|leave|load)(?: all| more| the|"
            r" a)? (?:\d{1,6} )?comments?(?:\s?\(\d{1,6}\))?|comments?\s\d{1,6}|"
            r"\d{1,3}[\s-]min(?:ute)?s? read|(?:reading|estimated) time\s?:?.{0,16}|"
            r"\d{1,2}\s?(?:m|h|min|hr|hrs|mins|hours?|minutes?|days?) ago"
        ),
    ),
    (
        "en-copyright",
        (
            r"(?:this|the) (?:material|content|story|article) (?:may|can|must) not be .{0,60}|"
            r"(?:terms|privacy|cookies?|contact(?: us)?|about(?: us)?|advertise|careers|help|"
            r"accessibility|sitemap|imprint|corrections)(?: (?:of (?:use|service|sale)|(?:and|"
            r"&) conditions|policy|notice|statement|settings|choices|us|with us))?(?:[\s|"
            r"/·•\-]{1,3}(?:terms|privacy|cookies?|contact|about|advertise|careers|help|"
            r"accessibility|sitemap|imprint|corrections)(?: (?:of (?:use|service|sale)|(?:and|"
            r"&) conditions|policy|notice|statement|settings|choices|us|with us))?){1,9}|"
            r"do not sell(?: or share)? my personal information|your (?:privacy|ad|cookie) choices"
        ),
    ),
    (
        "en-navigation",
        (
            r"(?:home|news|front page|main)(?:(?:\s?[>›»]\s?|\s[/|]\s)[^>›»/|.]{1,24}){1,6}|"
            r"(?:previous|next|older|newer) (?:article|story|post|page|"
            r"entry)(?:\s?[:：>›»].{0,60})?|you are here\s?:.{1,50}|jump to .{1,20}|"
            r"table of contents|show (?:key|all) events(?: only)?|key events"
        ),
    ),
    (
        "en-pages",
        (
            r"page \d{1,4} (?:of|/) \d{1,4}|(?:(?:prev(?:ious)?|"
            r"first)\s)?(?:\[?\d{1,3}\]?\s){1,12}(?:next|last|…)(?: (?:page|»|>))?"
        ),
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"en-end", "en-related", "en-copyright", "en-subscribe"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"en-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"\bnewsletters?\b|\bsubscri|\bsign up\b|\bfollow us\b|\bshare (?:this|on)\b|"
    r"\ball rights reserved\b|\bcopyright\b|©|\bcookies?\b|\bprivacy policy\b|\bterms of\b|"
    r"\badvert|\bsponsored\b|\bdownload (?:the|our)\b|\bour app\b|\blog in\b|\bsign in\b|"
    r"\bcomments?\b|\bread more\b|\bmore from\b|\brelated\b|\btrending\b|\bmost read\b|"
    r"\bclick here\b"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = (
    r"sign up|share (?:this|on)|cookies?|terms of|advert|sponsored|download the|log in|sign in|comments?|"
    r"more from|related|trending"
)
#: Lines that end an article and belong to it.
CLOSINGS: Final = (
    r"ends|[-\s]*30[-\s]*|\#{3,}|to be continued|with .{1,30} from .{1,30}|(?:xinhua|ap|afp|"
    r"reuters|pti|ani|upi)"
)
