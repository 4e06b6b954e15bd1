"""Every setting of a training run, once: options, their help and `config.json` come from here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from mimika.base.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_FILE = "config.json"

Augment = Literal["none", "light", "heavy", "webcam"]
Precision = Literal["auto", "32", "bf16", "fp16"]
Speedup = Literal["auto", "none", "compile", "cuda-graph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a network is trained.

    Attributes:
        network: What is trained: repvgg_s48, mobilenet_v2 or another of docs/training.md, or
            timm:NAME; a name that there is not is answered with all of them.
        weights: What it starts from: auto (ImageNet where the network has them), imagenet, none, a
            file (.safetensors, or a .pth of plain tensors) or the folder of a run; slim_s48 may be
            cut from those of repvgg_s48.
        size: Height and width of the faces in pixels; 0 takes the network's own.
        color: Color of the faces: auto, gray or rgb.
        standardize: Bring every face to the mean and deviation of the training faces, inside the
            network, so that dim and pale pictures look alike.
        labels: Which labeling of the data set is learned: auto, nine, ferplus-8, fer2013 or own.
        one_head: Leave out the data set's further labelings, which else get a head each.
        crop: How faces are cut out of the pictures: auto, face or none.
        skip_bad: Leave out files that cannot be read instead of refusing the data set.
        keep_leaks: Keep training pictures that equal a picture of another split.
        limit: Train on this many faces, every class in its share; 0 takes all.
        epochs: How often every face is seen.
        batch: Faces a step, over all devices.
        optimizer: adamw or sgd.
        lr: Highest learning rate; 0 takes 0.002 for adamw and 0.1 for sgd, a quarter of it where
            training starts from given weights, a fifth for vgg19.
        body_lr: Factor on the learning rate of the body, so that the heads learn faster than
            what is known already.
        freeze: Leave the body as it is and train the heads alone.
        weight_decay: Decay of the weights; 0.05 suits adamw, 0.0005 suits sgd.
        warmup: Epochs over which the learning rate rises before it falls along a cosine.
        clip: Greatest norm of the gradient; 0 leaves it alone.
        dropout: Share of the features dropped before the heads.
        ema: Decay of the moving average of the weights, which is what is validated and kept;
            0 keeps the weights themselves.
        augment: none, light or heavy changes to the training faces, or webcam: light ones, and what
            webcams do (dim and noisy pictures, motion, few pixels, tilt, things in front).
        mixup: Share of the faces that are mixed with another; -1 takes what augment suggests.
        cutmix: Share of the mixed faces that get a rectangle of the other instead of a blend.
        label_smoothing: Probability moved from a single label to all classes; votes stay as they
            are.
        logit_adjustment: Power of the class shares that the training compensates for (Menon et
            al. 2021), so that rare emotions are not lost; 0 does nothing, 1 aims at balanced
            accuracy.
        teacher: Finished runs or model files to learn from; may be given several times.
        teacher_cache: File (.safetensors) with what the teachers say of every face: they are asked
            once, and cost nothing an epoch. Those that it lacks are added; none named takes all.
        unlabeled: Folder of faces without labels, of which only the teachers' answers are learnt.
        no_faces: Folder of what a detector took for faces and is none: the network learns a further
            output, presence, that tells them from faces. The last fifth of them, in the order of
            their names, is for validation.
        teacher_temperature: Softens the probabilities of teacher and student (Hinton et al. 2015).
        teacher_weight: Share of the teachers in the loss; the labels have the rest.
        patience: End after this many epochs without a better figure; 0 never does.
        monitor: The validation figure that picks the kept weights: accuracy or balanced_accuracy.
        device: auto, cpu, cuda or mps; under torchrun, every process takes its own GPU.
        precision: auto (bf16 or fp16 on a GPU, bf16 on a processor where it is faster, else 32),
            32, bf16 or fp16.
        speedup: auto, none, compile (torch.compile) or cuda-graph (the whole step recorded once).
        tensorboard: Write TensorBoard's files into the run's folder as well.
        seed: Of the weights, the order of the faces and the augmentation.
    """

    network: str = "custom_cnn"
    weights: str = "auto"
    size: int = 0
    color: str = "auto"
    standardize: bool = False
    labels: str = "auto"
    one_head: bool = False
    crop: str = "auto"
    skip_bad: bool = False
    keep_leaks: bool = False
    limit: int = 0
    epochs: int = 30
    batch: int = 128
    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = 0.0
    body_lr: float = 1.0
    freeze: bool = False
    weight_decay: float = 0.05
    warmup: float = 1.0
    clip: float = 1.0
    dropout: float = 0.2
    ema: float = 0.999
    augment: Augment = "light"
    mixup: float = -1.0
    cutmix: float = 0.3
    label_smoothing: float = 0.1
    logit_adjustment: float = 0.0
    teacher: tuple[str, ...] = ()
    teacher_cache: str = ""
    unlabeled: str = ""
    no_faces: str = ""
    teacher_temperature: float = 2.0
    teacher_weight: float = 0.8
    patience: int = 0
    monitor: Literal["accuracy", "balanced_accuracy"] = "accuracy"
    device: str = "auto"
    precision: Precision = "auto"
    speedup: Speedup = "auto"
    tensorboard: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that no run could use.

        Raises:
            UsageError: a value is out of its range.
        """
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                option = name.replace("_", "-")
                limits = f"{low:g} or more" if high == _MUCH else f"from {low:g} to {high:g}"
                raise UsageError(f"--{option} must be {limits}; {value:g} is not.")

    @property
    def learning_rate(self) -> float:
        """The highest learning rate, chosen where `lr` leaves it open."""
        if self.lr:
            return self.lr
        from mimika.training.networks.weights import has_imagenet

        started = self.weights not in ("auto", "none") or (
            self.weights == "auto" and has_imagenet(self.network)
        )
        rate = 0.002 if self.optimizer == "adamw" else 0.1
        if self.network == "vgg19":
            rate *= 0.2  # it has no normalization, and stays at the commonest class above this
        return rate * (0.25 if started else 1.0)

    def to_json(self) -> str:
        """The settings as JSON text, one line each."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


_MUCH = 1e9
_RANGES = (
    ("size", 0, _MUCH),
    ("limit", 0, _MUCH),
    ("epochs", 1, _MUCH),
    ("batch", 1, _MUCH),
    ("lr", 0, 100),
    ("body_lr", 0, 100),
    ("weight_decay", 0, 1),
    ("warmup", 0, _MUCH),
    ("clip", 0, _MUCH),
    ("dropout", 0, 0.95),
    ("ema", 0, 0.99999),
    ("mixup", -1, 1),
    ("cutmix", 0, 1),
    ("label_smoothing", 0, 0.9),
    ("logit_adjustment", 0, 4),
    ("teacher_temperature", 0.1, 100),
    ("teacher_weight", 0, 1),
    ("patience", 0, _MUCH),
)


def read_config(path: Path) -> Config:
    """Read the settings of an earlier run.

    Args:
        path: a `config.json`, or the folder of a run.

    Raises:
        InputError: no such file, not JSON, or a setting that is not known.
    """
    if path.is_dir():
        path = path / CONFIG_FILE
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        raw.pop("data", None)
        raw["teacher"] = tuple(raw.get("teacher", ()))
        return Config(**raw)
    except OSError as error:
        raise InputError(f"There is no run's config.json at {path}: check the folder.") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} does not hold the settings of a run ({error}).") from error


def changed(config: Config) -> dict[str, Any]:
    """Return the settings that differ from the defaults."""
    plain = Config()
    return {
        field.name: getattr(config, field.name)
        for field in fields(config)
        if getattr(config, field.name) != getattr(plain, field.name)
    }


def merged(base: Config, given: Config) -> Config:
    """Lay what `given` changes over `base`."""
    return replace(base, **changed(given))


def trained_on(model: Path, data: Path) -> Config | None:
    """Return a run's settings where `model` is its folder and `data` what it was trained on."""
    path = model / CONFIG_FILE
    if not path.is_file():
        return None
    config = read_config(path)
    place = json.loads(path.read_text(encoding="utf-8")).get("data", "")
    return config if place and place == str(data.resolve()) else None
