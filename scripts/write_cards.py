"""Write the cards of the bundled models beside them, for runtimes that cannot read ONNX metadata.

python scripts/write_cards.py
"""

from __future__ import annotations

from mimika.base.files import replacing
from mimika.models.find import BUNDLED
from mimika.models.model import open_model


def main() -> None:
    for name, path in BUNDLED.items():
        with replacing(path.with_name(f"{name}.card.json")) as beside:
            card = open_model(name, engine="cpu").card
            beside.write_text(card.to_json() + "\n", encoding="utf-8")
        print(f"wrote {name}.card.json")


if __name__ == "__main__":
    main()
