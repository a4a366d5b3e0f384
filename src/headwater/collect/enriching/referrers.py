"""Which hosts are search engines, social networks, shops and so on, and where a search stands in their URLs.

A compact list of our own of those that send the most people; it grows by lines. `google.*` stands for the host under every
country's domain (google.de, google.co.uk); a host stands for those below it, too; the longest match counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Medium = Literal["search", "social", "video", "shopping", "email", "paid", "chatbot", "unknown"]
Line = tuple[str, str, str]  # name; hosts; parameters that hold what was searched for


@dataclass(frozen=True)
class Referrer:
    """Who stands behind a host. `terms`: the query parameters that may hold what was searched for, in lower case."""

    source: str
    medium: Medium
    terms: tuple[str, ...] = ()


_SEARCH: tuple[Line, ...] = (
    ("Google", "google.* com.google.android.googlequicksearchbox", "q"),
    ("Bing", "bing.com cn.bing.com", "q"),
    ("Yahoo!", "yahoo.* search.yahoo.*", "p q"),
    ("DuckDuckGo", "duckduckgo.com html.duckduckgo.com", "q"),
    ("Yandex", "yandex.* ya.ru", "text"),
    ("Baidu", "baidu.com", "wd word"),
    ("Naver", "naver.com", "query"),
    ("Daum", "daum.net", "q"),
    ("Ecosia", "ecosia.org", "q"),
    ("Startpage", "startpage.com", "query"),
    ("Qwant", "qwant.com", "q"),
    ("Brave", "search.brave.com", "q"),
    ("Kagi", "kagi.com", "q"),
    ("Seznam", "seznam.cz", "q"),
    ("Sogou", "sogou.com", "query"),
    ("360 Search", "so.com", "q"),
    ("Shenma", "sm.cn", "q"),
    ("Petal Search", "petalsearch.com", "query"),
    ("Ask", "ask.com", "q"),
    ("AOL", "aol.com aol.co.uk aol.de", "q"),
    ("Lycos", "lycos.*", "q query"),
    ("Dogpile", "dogpile.com", "q"),
    ("Swisscows", "swisscows.com", "query"),
    ("Mojeek", "mojeek.com", "q"),
    ("MetaGer", "metager.de metager.org", "eingabe"),
    ("Presearch", "presearch.com", "q"),
    ("Lilo", "search.lilo.org", "q"),
    ("T-Online", "suche.t-online.de", "q"),
    ("WEB.DE Suche", "suche.web.de", "q"),
    ("GMX Suche", "suche.gmx.net", "q"),
    ("Virgilio", "ricerca.virgilio.it", "qs"),
    ("Rambler", "nova.rambler.ru", "query"),
    ("Mail.ru Search", "go.mail.ru", "q"),
    ("Coc Coc", "coccoc.com", "query"),
    ("goo", "search.goo.ne.jp", "mt"),
)
_SOCIAL: tuple[Line, ...] = (
    ("Facebook", "facebook.com fb.com fb.me com.facebook.katana", ""),
    ("Instagram", "instagram.com com.instagram.android", ""),
    ("Threads", "threads.net threads.com", ""),
    ("X", "twitter.com x.com t.co com.twitter.android", ""),
    ("LinkedIn", "linkedin.com lnkd.in com.linkedin.android", ""),
    ("Pinterest", "pinterest.* pin.it com.pinterest", ""),
    ("TikTok", "tiktok.com", ""),
    ("Snapchat", "snapchat.com", ""),
    ("Reddit", "reddit.com redd.it com.reddit.frontpage", ""),
    ("WhatsApp", "whatsapp.com wa.me com.whatsapp", ""),
    ("Messenger", "messenger.com m.me", ""),
    ("Telegram", "telegram.org telegram.me t.me org.telegram.messenger", ""),
    ("LINE", "line.me", ""),
    ("KakaoTalk", "kakao.com", ""),
    ("WeChat", "weixin.qq.com wechat.com", ""),
    ("Discord", "discord.com discord.gg", ""),
    ("Bluesky", "bsky.app", ""),
    ("Mastodon", "mastodon.social mastodon.online mstdn.social", ""),
    ("Tumblr", "tumblr.com", ""),
    ("Quora", "quora.com", ""),
    ("XING", "xing.com", ""),
    ("VK", "vk.com", ""),
    ("Odnoklassniki", "ok.ru", ""),
    ("Weibo", "weibo.com weibo.cn", ""),
    ("Xiaohongshu", "xiaohongshu.com", ""),
    ("Zhihu", "zhihu.com", ""),
    ("Douban", "douban.com", ""),
    ("Hacker News", "news.ycombinator.com", ""),
    ("Medium", "medium.com", ""),
    ("Nextdoor", "nextdoor.*", ""),
    ("Meetup", "meetup.com", ""),
    ("Flickr", "flickr.com", ""),
    ("Goodreads", "goodreads.com", ""),
    ("Truth Social", "truthsocial.com", ""),
    ("LiveJournal", "livejournal.com", ""),
)
_VIDEO: tuple[Line, ...] = (
    ("YouTube", "youtube.com youtu.be com.google.android.youtube", "search_query"),
    ("Vimeo", "vimeo.com", ""),
    ("Dailymotion", "dailymotion.com dai.ly", ""),
    ("Twitch", "twitch.tv", ""),
    ("Netflix", "netflix.com", ""),
    ("Disney+", "disneyplus.com", ""),
    ("Bilibili", "bilibili.com", ""),
    ("Youku", "youku.com", ""),
    ("iQIYI", "iqiyi.com", ""),
    ("niconico", "nicovideo.jp", ""),
    ("Rumble", "rumble.com", ""),
    ("Wistia", "wistia.com", ""),
    ("TED", "ted.com", ""),
)
_SHOPPING: tuple[Line, ...] = (
    ("Google Shopping", "shopping.google.com", "q"),
    ("Amazon", "amazon.*", "k field-keywords"),
    ("eBay", "ebay.*", "_nkw"),
    ("Etsy", "etsy.com", "q"),
    ("Walmart", "walmart.com", "q"),
    ("Alibaba", "alibaba.com", ""),
    ("AliExpress", "aliexpress.*", ""),
    ("Taobao", "taobao.com", "q"),
    ("Tmall", "tmall.com", "q"),
    ("JD.com", "jd.com", ""),
    ("Rakuten", "rakuten.com rakuten.co.jp", ""),
    ("Mercado Libre", "mercadolibre.* mercadolivre.com.br", ""),
    ("Shopee", "shopee.*", "keyword"),
    ("Lazada", "lazada.*", "q"),
    ("Flipkart", "flipkart.com", "q"),
    ("Temu", "temu.com", ""),
    ("Shein", "shein.com", ""),
    ("Shop", "shop.app", ""),
    ("Zalando", "zalando.*", "q"),
    ("OTTO", "otto.de", ""),
    ("Kaufland", "kaufland.de", ""),
    ("Allegro", "allegro.pl", "string"),
    ("bol", "bol.com", ""),
    ("Cdiscount", "cdiscount.com", ""),
    ("idealo", "idealo.*", "q"),
    ("billiger.de", "billiger.de", ""),
    ("Kelkoo", "kelkoo.*", ""),
    ("PriceRunner", "pricerunner.*", ""),
)
_EMAIL: tuple[Line, ...] = (
    ("Gmail", "mail.google.com com.google.android.gm", ""),
    ("Outlook", "outlook.live.com outlook.office.com outlook.office365.com com.microsoft.office.outlook", ""),
    ("Yahoo! Mail", "mail.yahoo.* mail.yahoo.net", ""),
    ("AOL Mail", "mail.aol.com", ""),
    ("iCloud Mail", "icloud.com", ""),
    ("Proton Mail", "mail.proton.me mail.protonmail.com", ""),
    ("GMX", "gmx.net gmx.de gmx.at gmx.ch deref-gmx.net", ""),
    ("WEB.DE", "web.de deref-web.de", ""),
    ("T-Online E-Mail", "email.t-online.de", ""),
    ("Fastmail", "fastmail.com", ""),
    ("Zoho Mail", "mail.zoho.*", ""),
    ("Yandex Mail", "mail.yandex.*", ""),
    ("Mail.ru", "e.mail.ru", ""),
    ("Naver Mail", "mail.naver.com", ""),
    ("QQ Mail", "mail.qq.com", ""),
    ("163 Mail", "mail.163.com", ""),
    ("Orange", "mail.orange.fr messagerie.orange.fr", ""),
    ("Seznam Email", "email.seznam.cz", ""),
    ("Mailchimp", "list-manage.com", ""),
)
_CHATBOT: tuple[Line, ...] = (
    ("ChatGPT", "chatgpt.com chat.openai.com openai.com", ""),
    ("Claude", "claude.ai", ""),
    ("Gemini", "gemini.google.com bard.google.com", ""),
    ("Copilot", "copilot.microsoft.com", ""),
    ("Perplexity", "perplexity.ai", ""),
    ("DeepSeek", "deepseek.com", ""),
    ("Mistral", "chat.mistral.ai", ""),
    ("Grok", "grok.com x.ai", ""),
    ("Meta AI", "meta.ai", ""),
    ("You.com", "you.com", ""),
    ("Poe", "poe.com", ""),
    ("Kimi", "kimi.com kimi.moonshot.cn", ""),
    ("Doubao", "doubao.com", ""),
    ("Qwen", "chat.qwen.ai", ""),
)
_PAID: tuple[Line, ...] = (
    ("Google Ads", "googleadservices.com doubleclick.net googlesyndication.com", ""),
    ("Amazon Ads", "amazon-adsystem.com", ""),
    ("Criteo", "criteo.com criteo.net", ""),
    ("Taboola", "taboola.com", ""),
    ("Outbrain", "outbrain.com", ""),
    ("AdRoll", "adroll.com", ""),
    ("Adform", "adform.net", ""),
    ("Xandr", "adnxs.com", ""),
    ("The Trade Desk", "adsrvr.org", ""),
    ("Teads", "teads.tv", ""),
    ("MGID", "mgid.com", ""),
    ("RTB House", "creativecdn.com", ""),
)
# Below a host of the lists, but of another kind.
_UNKNOWN: tuple[Line, ...] = (
    (
        "Google",
        "accounts.google.com docs.google.com drive.google.com sites.google.com calendar.google.com",
        "",
    ),
    ("Yahoo!", "login.yahoo.com finance.yahoo.com news.yahoo.com", ""),
    ("Amazon Web Services", "aws.amazon.com", ""),
)
_LINES: Mapping[Medium, tuple[Line, ...]] = {
    "search": _SEARCH,
    "social": _SOCIAL,
    "video": _VIDEO,
    "shopping": _SHOPPING,
    "email": _EMAIL,
    "paid": _PAID,
    "chatbot": _CHATBOT,
    "unknown": _UNKNOWN,
}
# What people write as `utm_source` for them, besides their names and hosts.
_ALSO: Mapping[str, str] = {
    "fb": "facebook",
    "ig": "instagram",
    "insta": "instagram",
    "twitter": "x",
    "yt": "youtube",
    "google ads": "google",
    "google-ads": "google",
    "googleads": "google",
    "adwords": "google",
    "openai": "chatgpt",
    "google_shopping": "google shopping",
    "yahoo": "yahoo!",
}
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"})


@lru_cache(maxsize=8192)
def referrer_of(host: str) -> Referrer | None:
    """Who stands behind a host, or behind the one it is below; None: not in the lists.

    >>> referrer_of("www.google.co.uk")
    Referrer(source='Google', medium='search', terms=('q',))
    """
    labels = host.split(".")
    for at in range(len(labels)):
        found = _HOSTS.get(".".join(labels[at:])) or _any_country(labels, at)
        if found:
            return found
    return None


@lru_cache(maxsize=8192)
def medium_of(source: str) -> Medium | None:
    """The medium of a traffic source as campaigns name it, by name or host; None: not in the lists.

    >>> medium_of("fb"), medium_of("Google"), medium_of("chatgpt.com"), medium_of("spring news")
    ('social', 'search', 'chatbot', None)
    """
    name = source.strip().lower()
    known = _NAMES.get(_ALSO.get(name, name)) or (referrer_of(name) if "." in name else None)
    return known.medium if known else None


def _any_country(labels: list[str], at: int) -> Referrer | None:
    """The line that names the host under every country's domain (`google.*`), if what follows is such a domain."""
    for kept in (1, 2):  # google; search.yahoo
        rest = labels[at + kept :]
        if len(rest) == 1 or (len(rest) == 2 and rest[0] in _SECOND_LEVEL):
            found = _HOSTS.get(".".join(labels[at : at + kept]) + ".*")
            if found:
                return found
    return None


def _lines() -> Iterator[tuple[Referrer, list[str]]]:
    for medium, lines in _LINES.items():
        for source, hosts, terms in lines:
            yield Referrer(source, medium, tuple(terms.split())), hosts.split()


_HOSTS = {host: referrer for referrer, hosts in _lines() for host in hosts}
_NAMES = {referrer.source.lower(): referrer for referrer, _ in _lines() if referrer.medium != "unknown"}
