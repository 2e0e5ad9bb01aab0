# The public names, once: editors and type checkers read them here, and `__init__.py` imports each at first use.
# `X as X` is what makes a name public in a stub.
from mtlkit import plots as plots
from mtlkit import tasks as tasks
from mtlkit import weighting as weighting
from mtlkit import widgets as widgets
from mtlkit.corpus.corpus import Corpus as Corpus
from mtlkit.corpus.custom import corpus_from_table as corpus_from_table
from mtlkit.corpus.issues import find_issues as find_issues
from mtlkit.corpus.load import load_corpus as load_corpus
from mtlkit.corpus.summary import describe as describe
from mtlkit.course import checks as checks
from mtlkit.course import runner as _runner
from mtlkit.course.environment import check_environment as check_environment
from mtlkit.encoder.encoder import Encoder as Encoder
from mtlkit.encoder.loading import load_encoder as load_encoder
from mtlkit.evaluation import glue as glue
from mtlkit.evaluation.batch_predict import predict_file as predict_file
from mtlkit.evaluation.card import model_card as model_card
from mtlkit.evaluation.error_analysis import worst_errors as worst_errors
from mtlkit.evaluation.metrics import evaluate as evaluate
from mtlkit.evaluation.threshold import choose_threshold as choose_threshold
from mtlkit.experiments.atlas import atlas as atlas
from mtlkit.experiments.comparison import Comparison as Comparison
from mtlkit.experiments.comparison import compare as compare
from mtlkit.experiments.cost import profile as profile
from mtlkit.experiments.encoder_ranking import Ranking as Ranking
from mtlkit.experiments.encoder_ranking import rank_encoders as rank_encoders
from mtlkit.experiments.search import Search as Search
from mtlkit.experiments.toy import QuadraticLosses as QuadraticLosses
from mtlkit.experiments.toy import optimization_path as optimization_path
from mtlkit.model import MultiTaskModel as MultiTaskModel
from mtlkit.sampling import MSFT as MSFT
from mtlkit.sampling import PiKE as PiKE
from mtlkit.tasks import Task as Task
from mtlkit.training.fit import fit as fit
from mtlkit.training.history import History as History
from mtlkit.training.run import Run as Run
from mtlkit.training.run import Step as Step
from mtlkit.weighting import Equal as Equal
from mtlkit.weighting import Fixed as Fixed
from mtlkit.weighting import Sigmoid as Sigmoid

__version__: str

check = checks
courseware = _runner
