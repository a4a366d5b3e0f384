"""The sections of GPP for the United States: one table each, in the order of their numbers.

Source: IAB Tech Lab, Global Privacy Platform, Sections (US National, and one folder each state).
"""

from __future__ import annotations

from headwater.privacy.signals.statement import Basis
from headwater.privacy.signals.us_fields import Field, SectionKind

# Notices.
_SHARING_NOTICE = Field("sharing_notice")
_PROCESSING_NOTICE = Field("processing_notice")
_SALE_NOTICE = Field("sale_opt_out_notice")
_SHARING_OPT_OUT_NOTICE = Field("sharing_opt_out_notice")
_ADVERTISING_NOTICE = Field("targeted_advertising_opt_out_notice")
_SENSITIVE_PROCESSING_NOTICE = Field("sensitive_data_processing_opt_out_notice")
_SENSITIVE_NOTICE = Field("sensitive_data_opt_out_notice")
_LIMIT_USE_NOTICE = Field("sensitive_data_limit_use_notice")

# What people opted out of.
_SALE = Field("sale_opt_out", basis=Basis.OPT_OUT, notice=_SALE_NOTICE.name)
_SHARING = Field("sharing_opt_out", basis=Basis.OPT_OUT, notice=_SHARING_OPT_OUT_NOTICE.name)
_ADVERTISING = Field("targeted_advertising_opt_out", basis=Basis.OPT_OUT, notice=_ADVERTISING_NOTICE.name)

# What people consented to.
_CHILD = Field("known_child_sensitive_data_consents", basis=Basis.CONSENT)
_PERSONAL_DATA = Field("personal_data_consents", basis=Basis.CONSENT)
_ADDITIONAL = Field("additional_data_processing_consent", basis=Basis.CONSENT)

# What the Multi-State Privacy Agreement asks for.
_COVERED = Field("mspa_covered_transaction")
_MSPA = (_COVERED, Field("mspa_opt_out_option_mode"), Field("mspa_service_provider_mode"))
_MSPA_MODE = Field("mspa_mode")


def _sensitive(n_values: int) -> Field:
    """Kinds of sensitive data, which may be processed with consent."""
    return Field("sensitive_data_processing", n_values, Basis.CONSENT)


def _sensitive_opt_out(n_values: int, notice: Field) -> Field:
    """Kinds of sensitive data, which may be processed until somebody opts out."""
    return Field("sensitive_data_processing", n_values, Basis.OPT_OUT, notice.name)


def _children(n_values: int) -> Field:
    """Ages of children, whose data may be processed with consent."""
    return Field(_CHILD.name, n_values, Basis.CONSENT)


_NATIONAL_BEGIN = (
    _SHARING_NOTICE,
    _SALE_NOTICE,
    _SHARING_OPT_OUT_NOTICE,
    _ADVERTISING_NOTICE,
    _SENSITIVE_PROCESSING_NOTICE,
    _LIMIT_USE_NOTICE,
    _SALE,
    _SHARING,
    _ADVERTISING,
)
# What most states begin with: two named notices and two rights, after a notice of one kind or the other.
_RIGHTS = (_SALE_NOTICE, _ADVERTISING_NOTICE, _SALE, _ADVERTISING)
_SHARING_AND_RIGHTS = (_SHARING_NOTICE, *_RIGHTS)
_PROCESSING_AND_RIGHTS = (_PROCESSING_NOTICE, *_RIGHTS)
_LATEST = (_COVERED, _MSPA_MODE, *_PROCESSING_AND_RIGHTS)

USNAT = SectionKind(
    7,
    "usnat",
    {
        1: (
            *_NATIONAL_BEGIN,
            _sensitive_opt_out(12, _SENSITIVE_PROCESSING_NOTICE),
            _children(2),
            _PERSONAL_DATA,
            *_MSPA,
        ),
        2: (
            *_NATIONAL_BEGIN,
            _sensitive_opt_out(16, _SENSITIVE_PROCESSING_NOTICE),
            _children(3),
            _PERSONAL_DATA,
            *_MSPA,
        ),
    },
)
USCA = SectionKind(
    8,
    "usca",
    {
        1: (
            _SALE_NOTICE,
            _SHARING_OPT_OUT_NOTICE,
            _LIMIT_USE_NOTICE,
            _SALE,
            _SHARING,
            _sensitive_opt_out(9, _LIMIT_USE_NOTICE),
            _children(2),
            _PERSONAL_DATA,
            *_MSPA,
        )
    },
)
USVA = SectionKind(9, "usva", {1: (*_SHARING_AND_RIGHTS, _sensitive(8), _CHILD, *_MSPA)}, has_gpc=False)
USCO = SectionKind(10, "usco", {1: (*_SHARING_AND_RIGHTS, _sensitive(7), _CHILD, *_MSPA)})
USUT = SectionKind(
    11,
    "usut",
    {
        1: (
            _SHARING_NOTICE,
            _SALE_NOTICE,
            _ADVERTISING_NOTICE,
            _SENSITIVE_PROCESSING_NOTICE,
            _SALE,
            _ADVERTISING,
            _sensitive_opt_out(8, _SENSITIVE_PROCESSING_NOTICE),
            _CHILD,
            *_MSPA,
        )
    },
    has_gpc=False,
)
USCT = SectionKind(12, "usct", {1: (*_SHARING_AND_RIGHTS, _sensitive(8), _children(3), *_MSPA)})
USFL = SectionKind(
    13,
    "usfl",
    {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _children(3), _ADDITIONAL, *_MSPA)},
    has_gpc=False,
)
USMT = SectionKind(14, "usmt", {1: (*_SHARING_AND_RIGHTS, _sensitive(8), _children(3), _ADDITIONAL, *_MSPA)})
USOR = SectionKind(
    15, "usor", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(11), _children(3), _ADDITIONAL, *_MSPA)}
)
USTX = SectionKind(16, "ustx", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _CHILD, _ADDITIONAL, *_MSPA)})
USDE = SectionKind(
    17, "usde", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(9), _children(5), _ADDITIONAL, *_MSPA)}
)
USIA = SectionKind(
    18,
    "usia",
    {
        1: (
            _PROCESSING_NOTICE,
            _SALE_NOTICE,
            _ADVERTISING_NOTICE,
            _SENSITIVE_NOTICE,
            _SALE,
            _ADVERTISING,
            _sensitive_opt_out(8, _SENSITIVE_NOTICE),
            _CHILD,
            *_MSPA,
        )
    },
)
USNE = SectionKind(19, "usne", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _CHILD, _ADDITIONAL, *_MSPA)})
USNH = SectionKind(
    20, "usnh", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _children(3), _ADDITIONAL, *_MSPA)}
)
USNJ = SectionKind(
    21, "usnj", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(10), _children(5), _ADDITIONAL, *_MSPA)}
)
USTN = SectionKind(22, "ustn", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _CHILD, _ADDITIONAL, *_MSPA)})
USMN = SectionKind(23, "usmn", {1: (*_PROCESSING_AND_RIGHTS, _sensitive(8), _CHILD, _ADDITIONAL, *_MSPA)})
USMD = SectionKind(24, "usmd", {1: (*_LATEST, _ADDITIONAL)})
USIN = SectionKind(25, "usin", {1: (*_LATEST, _CHILD, _ADDITIONAL)}, has_gpc=False, optional=_sensitive(8))
USKY = SectionKind(26, "usky", {1: (*_LATEST, _CHILD, _ADDITIONAL)}, has_gpc=False, optional=_sensitive(8))
USRI = SectionKind(27, "usri", {1: (*_LATEST, _CHILD, _ADDITIONAL)}, has_gpc=False, optional=_sensitive(8))

SECTIONS = (
    USNAT, USCA, USVA, USCO, USUT, USCT, USFL, USMT, USOR, USTX, USDE, USIA, USNE, USNH, USNJ, USTN, USMN, USMD, USIN, USKY, USRI
)  # fmt: skip
