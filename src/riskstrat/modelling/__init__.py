"""Models: trained on earlier index dates, judged on the latest complete one, registered, scored and explained.

Everything that reads slowly (LightGBM, MLflow, scikit-learn) is imported where it is used, not here.
"""

from riskstrat.modelling.evaluation.card import write_card
from riskstrat.modelling.explanation.drivers import drivers, has_drivers
from riskstrat.modelling.explanation.everyone import contribute
from riskstrat.modelling.explanation.reasons import frequency_words, model_titles, reason_sentences, reasons
from riskstrat.modelling.monitoring.watch import LAYERS as MONITORING_LAYERS
from riskstrat.modelling.monitoring.watch import READ_WITH_CARE, Caution, cautions, monitor, read_monitoring
from riskstrat.modelling.registry.comparison import compare_models, comparison_as_text, show_model, shown_as_text
from riskstrat.modelling.registry.versions import (
    Champion,
    champions,
    list_models,
    promote,
    rollback,
)
from riskstrat.modelling.scoring import score
from riskstrat.modelling.training.judge import TrainingResult
from riskstrat.modelling.training.refresh import recalibrate
from riskstrat.modelling.training.train import train

__all__ = [
    "MONITORING_LAYERS",
    "READ_WITH_CARE",
    "Caution",
    "Champion",
    "TrainingResult",
    "cautions",
    "champions",
    "compare_models",
    "comparison_as_text",
    "contribute",
    "drivers",
    "frequency_words",
    "has_drivers",
    "list_models",
    "model_titles",
    "monitor",
    "promote",
    "read_monitoring",
    "reason_sentences",
    "reasons",
    "recalibrate",
    "rollback",
    "score",
    "show_model",
    "shown_as_text",
    "train",
    "write_card",
]
