"""The keys of a data map, level by level: Fideslang's as they are in 3.1, and ours under `meta`.

A test compares the first kind with Fideslang's models, so that nothing it knows is refused here.
"""

from __future__ import annotations

from dsar.wording import N_

_WORDS = frozenset({"data_categories", "data_uses", "data_purposes", "data_subjects"})
# Datasets, collections and fields written for fidesops say fidesops_meta; Fideslang reads it as fides_meta.
_METAS = frozenset({"fides_meta", "fidesops_meta"})
_RESOURCE = frozenset({"fides_key", "organization_fides_key", "tags", "name", "description", "meta"})

FILE = frozenset({"dataset", "system", "translation"})
TRANSLATION = frozenset({"language", "texts"})

DATASET = _RESOURCE | _WORDS | _METAS | {"collections"}
DATASET_FIDES_META = frozenset({"resource_id", "after", "namespace", "redact"})
DATASET_META = frozenset({"ignore", "origin"})

COLLECTION = _WORDS | _METAS | {"name", "description", "fields", "meta"}
COLLECTION_FIDES_META = frozenset(
    {"after", "erase_after", "skip_processing", "masking_strategy_override", "partitioning", "redact"}
)
COLLECTION_META = frozenset(
    {
        "title",
        "topic",
        "retention",
        "erasure",
        "choices",
        "shared",
        "origin",
        "controller",
        "only",
        "source",
        "ignore",
        "suspend",
        "restrict",
    }
)
RETENTION = frozenset({"kind", "time_field", "zone", "days", "duty", "until"})

FIELD = COLLECTION
FIELD_FIDES_META = frozenset(
    {
        "references",
        "identity",
        "primary_key",
        "data_type",
        "length",
        "return_all_elements",
        "read_only",
        "custom_request_field",
        "masking_strategy_override",
        "redact",
    }
)
FIELD_META = frozenset({"secret", "third_party", "origin", "identity_source", "group", "correct"})
REFERENCE = frozenset({"dataset", "field", "direction"})
COLLECTION_MASKING = frozenset({"strategy"})
FIELD_MASKING = frozenset({"strategy", "configuration"})

SYSTEM = _RESOURCE | {
    "fidesctl_meta",
    "system_type",
    "egress",
    "ingress",
    "privacy_declarations",
    "administrating_department",
    "vendor_id",
    "previous_vendor_id",
    "vendor_deleted_date",
    "dataset_references",
    "processes_personal_data",
    "exempt_from_privacy_regulations",
    "reason_for_exemption",
    "uses_profiling",
    "legal_basis_for_profiling",
    "does_international_transfers",
    "legal_basis_for_transfers",
    "requires_data_protection_assessments",
    "dpa_location",
    "dpa_progress",
    "privacy_policy",
    "legal_name",
    "legal_address",
    "responsibility",
    "dpo",
    "joint_controller_info",
    "data_security_practices",
    "cookie_max_age_seconds",
    "uses_cookies",
    "cookie_refresh",
    "uses_non_cookie_access",
    "legitimate_interest_disclosure_url",
}
SYSTEM_FIDESCTL_META = frozenset({"resource_id", "endpoint_address", "endpoint_port"})
SYSTEM_META = frozenset({"recipients", "notify", "transfers", "automated_decisions", "source_of_data"})
NOTIFY = frozenset({"name", "email", "webhook", "secret", "identifier", "new_values"})
DATA_FLOW = frozenset({"fides_key", "type", "data_categories"})
DECLARATION = frozenset(
    {
        "name",
        "data_categories",
        "data_use",
        "data_subjects",
        "dataset_references",
        "egress",
        "ingress",
        "features",
        "flexible_legal_basis_for_processing",
        "legal_basis_for_processing",
        "impact_assessment_location",
        "retention_period",
        "processes_special_category_data",
        "special_category_legal_basis",
        "data_shared_with_third_parties",
        "third_parties",
        "shared_categories",
        "meta",
    }
)
DECLARATION_META = frozenset({"recipients"})

DATA_TYPES = frozenset(
    name + suffix for name in ("string", "integer", "float", "boolean", "object_id", "object") for suffix in ("", "[]")
)
FLOW_TYPES = frozenset({"dataset", "system", "user"})
# The strategies that Fides ships; a field's `configuration` belongs to the strategy and is kept as written.
FIELD_STRATEGIES = frozenset({"null_rewrite", "string_rewrite", "random_string_rewrite", "hash", "hmac", "aes_encrypt"})
COLLECTION_STRATEGIES = frozenset({"delete"})
ERASURE = frozenset({"action", "why", "fields", "by", "shared", "since", "detach"})
MASK = frozenset({"strategy", "value", "values"})
# What a person may switch on and off in the portal (dsar.models.Purpose).
PURPOSES = frozenset({"product_news", "tips", "research", "training", "sharing"})
CHOICE = frozenset({"field", "given", "refused", "where"})
SUSPEND = frozenset({"fields"})
RESTRICT = frozenset({"fields", "purposes"})
# GDPR Article 6(1), 9(2) and 22(2), as Fideslang words them.
LEGAL_BASES = frozenset(
    {
        N_("Consent"),
        N_("Contract"),
        N_("Legal obligations"),
        N_("Vital interests"),
        N_("Public interest"),
        N_("Legitimate interests"),
    }
)
SPECIAL_CATEGORY_BASES = frozenset(
    {
        "Explicit consent",
        "Employment, social security and social protection",
        "Vital interests",
        "Not-for-profit bodies",
        "Made public by the data subject",
        "Legal claims or judicial acts",
        "Reasons of substantial public interest (with a basis in law)",
        "Health or social care (with a basis in law)",
        "Public health (with a basis in law)",
        "Archiving, research and statistics (with a basis in law)",
    }
)
PROFILING_BASES = frozenset({"Explicit consent", "Contract", "Authorised by law"})
RESPONSIBILITIES = frozenset({N_("Controller"), N_("Processor"), N_("Sub-Processor")})
