"""The names that Home Assistant's templates know: functions, filters and tests. Data, of one version."""

from __future__ import annotations

from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.tests import TESTS as JINJA_TESTS

VERSION = "2026.11"
"""The Home Assistant that the lists are of (`helpers/template/extensions`); Jinja's own names come with Jinja."""

FUNCTIONS = frozenset(
    """
    acos apply area_devices area_entities area_id area_name areas as_datetime as_function as_local as_timedelta
    as_timestamp asin atan atan2 average bitwise_and bitwise_or bitwise_xor bool clamp closest combine
    config_entry_attr config_entry_id cos device_attr device_entities device_id device_name difference distance
    e entity_name expand flatten float floor_areas floor_entities floor_id floor_name floors has_value iif int
    integration_entities intersect is_device_attr is_hidden_entity is_number is_state is_state_attr issue issues
    label_areas label_description label_devices label_entities label_id label_name labels log max md5 median
    merge_response min now pack pi relative_time remap set sha1 sha256 sha512 shuffle sin slugify sqrt
    state_attr state_attr_translated state_translated states statistical_mode strptime symmetric_difference tan
    tau time_since time_until timedelta timedelta_string today_at tuple typeof union unpack urlencode utcnow
    version wrap zip
    """.split()  # noqa: SIM905 (a list of words reads best as words)
) | frozenset(DEFAULT_NAMESPACE)
"""What a template may call."""

FILTERS = frozenset(
    """
    acos add apply area_devices area_entities area_id area_name as_datetime as_function as_local as_timedelta
    as_timestamp asin atan atan2 average base64_decode base64_encode bitwise_and bitwise_or bitwise_xor bool
    clamp closest combine config_entry_attr config_entry_id contains cos device_attr device_entities device_id
    device_name difference entity_name expand flatten float floor_areas floor_entities floor_id floor_name
    from_hex from_json has_value iif int integration_entities intersect is_defined is_number issue label_areas
    label_description label_devices label_entities label_id label_name labels log md5 median multiply ord
    ordinal pack random regex_findall regex_findall_index regex_match regex_replace regex_search relative_time
    remap round sha1 sha256 sha512 shuffle sin slugify sqrt state_attr state_attr_translated state_translated
    states statistical_mode symmetric_difference tan time_since time_until timedelta_string timestamp_custom
    timestamp_local timestamp_utc to_json today_at typeof union unpack version wrap
    """.split()  # noqa: SIM905
) | frozenset(JINJA_FILTERS)
"""What may stand behind `|`."""

TESTS = frozenset(
    """
    apply contains datetime has_value is_device_attr is_hidden_entity is_number is_state is_state_attr list
    match search set string_like tuple
    """.split()  # noqa: SIM905
) | frozenset(JINJA_TESTS)
"""What may stand behind `is`, and be the name in `select` and `reject`."""

CONTEXT = frozenset({"trigger", "this", "repeat", "wait", "context", "states", "value", "value_json", "loop", "self"})
"""What is there when a template of an automation is rendered, without being a function."""
