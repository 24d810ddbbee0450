"""HES column names, for the adapter and for hints."""

HES_NAMES: dict[str, dict[str, str]] = {
    "apc_episode": {
        "nhs_number": "PSEUDO_HESID",
        "episode_number": "EPIORDER",
        "admission_date": "ADMIDATE",
        "admission_method": "ADMIMETH",
        "episode_start_date": "EPISTART",
    },
}
