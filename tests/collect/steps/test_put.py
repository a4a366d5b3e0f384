"""What is put on events: place, page, campaign, referrer, device."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.collect.enriching.mmdb import mmdb
from tests.collect.told import CHROME, put_by, told

from headwater.collect.enriching.click_ids import CLICK_IDS
from headwater.collect.enriching.places import open_places
from headwater.collect.step import Surroundings
from headwater.collect.steps.put_campaign import UTM, put_campaign
from headwater.collect.steps.put_device import put_device
from headwater.collect.steps.put_page import put_page
from headwater.collect.steps.put_place import put_place
from headwater.collect.steps.put_referrer import put_referrer
from headwater.core.errors import SettingsError

AROUND = Surroundings(own_hosts={"website": frozenset({"shop.example"})})
BERLIN = {
    "continent": {"code": "EU"},
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}],
    "city": {"names": {"de": "Berlin", "en": "Berlin"}},
    "postal": {"code": "10115"},
    "location": {"time_zone": "Europe/Berlin"},
}
FLAT = {
    "country_code": "AT",
    "state1": "Wien",
    "city": "Wien",
    "postcode": "1010",
    "timezone": "Europe/Vienna",
}
IPINFO = {"country": "US", "region": "Ohio", "city": "Dayton", "continent": "NA", "postal": "45401"}


@pytest.fixture
def places(tmp_path: Path) -> Surroundings:
    file = tmp_path / "places.mmdb"
    records = {
        "203.0.113.0/24": BERLIN,
        "198.51.100.0/24": FLAT,
        "2001:db8::/32": IPINFO,
        "192.0.2.0/24": {"asn": 1},
    }
    file.write_bytes(mmdb(records))
    return Surroundings(place_of=open_places(file))


@pytest.mark.parametrize(
    ("ip", "put"),
    [
        ("203.0.113.9", ("DE", "Land Berlin", "Berlin", "10115", "EU")),
        ("198.51.100.1", ("AT", "Wien", "Wien", "1010", None)),
        ("2001:db8::1", ("US", "Ohio", "Dayton", "45401", "NA")),
        ("8.8.8.8", (None,) * 5),
        ("192.0.2.1", (None,) * 5),
        ("no address", (None,) * 5),
        ("", (None,) * 5),
    ],
    ids=[
        "nested",
        "flat",
        "flat, other names",
        "not in the file",
        "nothing of a place",
        "no address",
        "none",
    ],
)
def test_a_place_is_read_whoever_made_the_file(
    places: Surroundings, ip: str, put: tuple[str | None, ...]
) -> None:
    found = put_by(put_place, places, ip=ip)
    names = ("country", "region", "city", "postal_code", "continent")
    assert found == {name: value for name, value in zip(names, put, strict=True) if value}


def test_a_place_is_not_made_of_two(places: Surroundings) -> None:
    assert put_by(put_place, places, ip="203.0.113.9", properties={"country": "FR"}) == {}


def test_without_a_file_no_place_is_known() -> None:
    assert open_places(None)("203.0.113.9") is None


@pytest.mark.parametrize(("content", "said"), [(None, "is not there"), (b"no such file", "cannot be read")])
def test_a_file_that_cannot_be_read_is_said_by_its_setting(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "places.mmdb"
    if content:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"geo_file: .*places.mmdb {said}"):
        open_places(file)


def test_a_folder_is_no_file_of_places(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        open_places(tmp_path)


def test_a_page_is_told_apart_and_loses_its_fragment() -> None:
    event = told(url="https://Shop.example:443/tea/green?x=1#/reviews", properties={"title": "Green tea"})
    put_page(event, AROUND)
    assert event.url == "https://Shop.example:443/tea/green?x=1"
    assert event.properties == {
        "title": "Green tea",
        "page_path": "/tea/green",
        "page_host": "shop.example",
        "page_title": "Green tea",
    }


@pytest.mark.parametrize("url", ["", "#top", "https://[", "::", "?", "https://shop.example"])
def test_any_url_can_be_told_apart(url: str) -> None:
    assert put_by(put_page, AROUND, url=url).get("page_path", "/") in ("/", "::")


def test_the_title_of_what_was_bought_is_none_of_a_page() -> None:
    fields = {
        "kind": "track",
        "name": "Book Viewed",
        "url": "https://shop.example/b",
        "properties": {"title": "Faust"},
    }
    assert put_by(put_page, AROUND, **fields) == {"page_path": "/b", "page_host": "shop.example"}


def test_all_parameters_of_a_campaign_are_put() -> None:
    query = "&".join(f"{name.upper()}={at}%20x" for at, name in enumerate(UTM))
    put = put_by(put_campaign, AROUND, url=f"https://shop.example/?{query}")
    assert put == {name: f"{at} x" for at, name in enumerate(UTM)} | {"campaign_id": "5 x"}


def test_what_the_client_said_of_the_campaign_stands() -> None:
    event = told(
        url="/?utm_source=b&utm_medium=email",
        properties={"utm_source": "a", "campaign_id": "c", "utm_id": "i"},
    )
    put_campaign(event, AROUND)
    assert event.properties == {"utm_source": "a", "campaign_id": "c", "utm_id": "i", "utm_medium": "email"}


@pytest.mark.parametrize("name", CLICK_IDS)
def test_every_click_id_is_known(name: str) -> None:
    assert put_by(put_campaign, AROUND, url=f"https://shop.example/?a=b&{name.upper()}=xyz") == {
        "click_id": "xyz",
        "click_id_kind": name,
    }


def test_of_several_click_ids_the_one_that_names_a_paid_click_counts() -> None:
    put = put_by(put_campaign, AROUND, url="https://shop.example/?fbclid=F1&gad_source=1&gclid=G123&msclkid=")
    assert put == {"click_id": "G123", "click_id_kind": "gclid"}


@pytest.mark.parametrize(
    ("referrer", "host", "medium", "source", "term"),
    [
        ("https://www.google.co.uk/search?q=green+tea", "www.google.co.uk", "search", "Google", "green tea"),
        ("https://www.bing.com/", "www.bing.com", "search", "Bing", None),
        ("https://search.yahoo.co.jp/search?p=%E8%8C%B6", "search.yahoo.co.jp", "search", "Yahoo!", "茶"),
        ("https://de.search.yahoo.com/?p=tea", "de.search.yahoo.com", "search", "Yahoo!", "tea"),
        ("https://yandex.com.tr/?text=tea", "yandex.com.tr", "search", "Yandex", "tea"),
        ("https://l.facebook.com/l.php?u=x", "l.facebook.com", "social", "Facebook", None),
        ("https://t.co/abc", "t.co", "social", "X", None),
        ("https://m.youtube.com/watch", "m.youtube.com", "video", "YouTube", None),
        ("https://www.amazon.de/s?k=tea", "www.amazon.de", "shopping", "Amazon", "tea"),
        ("https://shopping.google.com/", "shopping.google.com", "shopping", "Google Shopping", None),
        ("https://mail.google.com/", "mail.google.com", "email", "Gmail", None),
        ("https://mail.yahoo.co.jp/", "mail.yahoo.co.jp", "email", "Yahoo! Mail", None),
        ("https://chatgpt.com/", "chatgpt.com", "chatbot", "ChatGPT", None),
        ("https://gemini.google.com/app", "gemini.google.com", "chatbot", "Gemini", None),
        ("https://ad.doubleclick.net/", "ad.doubleclick.net", "paid", "Google Ads", None),
        ("https://accounts.google.com/", "accounts.google.com", "unknown", "Google", None),
        ("android-app://com.google.android.gm/", "com.google.android.gm", "email", "Gmail", None),
        ("https://google.evil.example/", "google.evil.example", "unknown", None, None),
        ("https://notgoogle.com/", "notgoogle.com", "unknown", None, None),
        ("https://blog.example/?q=secret", "blog.example", "unknown", None, None),
        ("https://www.shop.example/tea", "www.shop.example", "internal", None, None),
        ("https://other.example/a", "other.example", "internal", None, None),
    ],
)
def test_a_referrer_is_known_by_its_host(
    referrer: str, host: str, medium: str, source: str | None, term: str | None
) -> None:
    put = put_by(put_referrer, AROUND, referrer=referrer, url="https://www.other.example/b")
    said = {"referrer_host": host, "referrer_medium": medium, "referrer_source": source, "search_term": term}
    assert put == {name: value for name, value in said.items() if value}


@pytest.mark.parametrize("referrer", ["", "about:blank", "/tea", "$direct"])
def test_what_names_no_host_is_no_referrer(referrer: str) -> None:
    assert put_by(put_referrer, AROUND, referrer=referrer) == {}


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 {}"


@pytest.mark.parametrize(
    ("user_agent", "put"),
    [
        (CHROME, "Chrome 126.0.0, Windows 10, None: desktop"),
        (IPHONE.format("Mobile/15E148 Safari/604.1"), "Mobile Safari 17.5, iOS 17.5, iPhone: mobile"),
        (
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
                "Mobile/15E148 Safari/604.1"
            ),
            "Mobile Safari 16.6, iOS 16.6, iPad: tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
            "Chrome Mobile 126.0.0, Android 10, None: mobile",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
            "Chrome 126.0.0, Android 13, SM-X200: tablet",
        ),
        (
            "Dalvik/2.1.0 (Linux; U; Android 12; Pixel 6 Build/SD1A)",
            "Android 12, Android 12, Pixel 6: mobile",
        ),
        (
            (
                "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/3.1 "
                "Chrome/76.0 TV Safari/537.36"
            ),
            "Samsung Internet 3.1, Tizen 6.0, Samsung SMART-TV: tv",
        ),
        ("Roku4640X/DVP-7.70 (297.70E04154A)", "None None, None None, None: tv"),
        (
            (
                "Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7233) AppleWebKit/537.36 (KHTML, like Gecko) Silk/90.2.6 "
                "like Chrome/90.0.4430.225 Safari/537.36"
            ),
            "Amazon Silk 90.2.6, Android 9, Kindle: tv",
        ),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
            "Safari 13.0, None None, PlayStation 5: other",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
            "Chrome 126.0.0, Chrome OS 14541.0.0, None: desktop",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            "Firefox 127.0, Linux None, None: desktop",
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot 2.1, None None, Spider: bot",
        ),
        ("MyApp/1.0 CFNetwork/1410 Darwin/22.6.0", "MyApp 1.0, iOS 16, iOS-Device: mobile"),
        ("analytics-python/2.4.0", "None None, None None, None: other"),
        ("half a \ud800 character", "None None, None None, None: other"),
    ],
)
def test_a_device_is_known_by_its_user_agent(user_agent: str, put: str) -> None:
    put_ = put_by(put_device, AROUND, user_agent=user_agent)
    of = put_.get
    said = f"{of('browser')} {of('browser_version')}, {of('os')} {of('os_version')}, {of('device')}: {of('device_type')}"
    assert said == put


def test_without_a_user_agent_nothing_is_said_of_the_device() -> None:
    assert put_by(put_device, AROUND) == {}
