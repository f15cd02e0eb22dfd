"""One of the platforms that the hostile one serves: what it knows, and what befalls it."""

import random
import threading
from collections import deque
from typing import Any

import jwt


class Tenant:
    """One platform: gradebook, tokens, misfortunes, and a diary of every request."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.RLock()
        self.keys: dict[str, Any] = {}
        self.client_id = "trainer"
        self.script: dict[str, deque[str]] = {
            "score": deque(),
            "token": deque(),
            "list": deque(),
            "create": deque(),
        }
        self.chances: dict[str, dict[str, float]] = {}
        self.dice = random.Random(0)
        self.token_life = 3600
        #: names of the scopes that tokens are given at most; None: all that are asked for
        self.grants: list[str] | None = None
        self.refusal_of_tokens = 401
        self.slow_seconds = 3.0
        self.teachers: set[str] = set()
        self.tokens: dict[str, tuple[set[str], float]] = {}
        self.spent: set[str] = set()
        self.items: dict[str, dict[str, Any]] = {}
        self.made = 0
        self.diary: list[dict[str, Any]] = []
        self.erased = 0
        self.in_hand = 0
        self.most_in_hand = 0

    def configure(self, wanted: dict[str, Any]) -> None:
        """What `POST /control/<tenant>` may say."""
        with self.lock:
            for kind in wanted.get("clear", []):
                self.script[kind].clear()
            for kind, faults in wanted.get("script", {}).items():
                self.script[kind].extend(faults)
            self.chances.update(wanted.get("chances", {}))
            if "seed" in wanted:
                self.dice = random.Random(wanted["seed"])
            for jwk in wanted.get("keys", []):
                self.keys[jwk["kid"]] = jwt.PyJWK(jwk).key
            for name in ("token_life", "grants", "refusal_of_tokens", "slow_seconds", "client_id"):
                if name in wanted:
                    setattr(self, name, wanted[name])
            self.teachers |= set(wanted.get("teachers", []))
            for item in wanted.get("items", []):
                self.add_item(item)
            for item_id in wanted.get("delete", []):
                self.items[item_id]["deleted"] = True
            if wanted.get("revoke_tokens"):
                self.tokens.clear()

    def state(self) -> dict[str, Any]:
        """What `GET /control/<tenant>` tells."""
        with self.lock:
            return {
                "items": self.items,
                "diary": self.diary,
                "erased": self.erased,
                "most_in_hand": self.most_in_hand,
                "made": self.made,
            }

    def add_item(self, given: dict[str, Any]) -> str:
        item_id = given.get("id") or f"made{self.made + 1}"
        self.items[item_id] = {
            "label": given.get("label", ""),
            "scoreMaximum": given.get("scoreMaximum", 1),
            "resourceLinkId": given.get("resourceLinkId"),
            "resourceId": given.get("resourceId"),
            "told_address": given.get("told_address"),
            "deleted": False,
            "scores": {},
        }
        return item_id

    def misfortune(self, kind: str) -> str:
        """The next fault for a kind of request; "" for none."""
        with self.lock:
            if self.script[kind]:
                return self.script[kind].popleft()
            drawn = self.dice.random()
            for fault, chance in self.chances.get(kind, {}).items():
                if drawn < chance:
                    return fault
                drawn -= chance
            return ""
