"""The endpoint of presets (contract, section 5.4)."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from laseros.schema import Endpoint
from operators_app.views import ApiView
from presets_app.queries import preset_rows
from presets_app.serializers import PresetListAnswer, PresetQuery


class PresetListView(ApiView):
    """GET /presets."""

    endpoints = {"GET": Endpoint("Active presets", PresetListAnswer, query=PresetQuery)}

    def get(self, request: Request) -> Response:
        """Return active presets, of one material and thickness where asked."""

        def build() -> dict[str, Any]:
            query = self.read_query()
            rows = preset_rows(
                query.get("material_type"), query.get("thickness"), query["limit"], query["offset"]
            )
            return {"presets": rows}

        return self.answer_cached(build)
