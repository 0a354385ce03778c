"""What is shown to people, in English and Korean."""
from __future__ import annotations

import locale
import os
from typing import Any

Words = dict[str, Any]

LABELS: dict[str, Words] = {
    "en": {
        "sample": "epoch {epoch} in progress ------- result of step {step}",
        "probe": "probe sentence {number} ------- as seen after step {step}",
        "original": "Original",
        "fake": "Fake",
        "counts": "{wrong} of {tokens} tokens predicted wrong -------- "
                  "{caught} of {fakes} fake tokens caught",
        "position": "Position",
        "real_token": "Real token",
        "fake_token": "(Fake) token",
        "actual": "Actual",
        "predicted": "Predicted",
        "correct": "Correct",
        "right": "✓",
        "wrong": "✗",
        "rates": "Rates of tokens",
        "evaluation": "evaluation",
        "step": "step",
        "step_of": "step {step}/{total}",
        "speed": "{speed} tokens/s",
        "lost": "lost the connection to {server}; trying again within {seconds:.1f} s",
        "model": "model: {path}",
        "states": {"QUEUED": "QUEUED", "PREPARING": "PREPARING", "RUNNING": "RUNNING",
                   "SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "CANCELLED": "CANCELLED",
                   "PAUSED": "PAUSED"},
    },
    "ko": {
        "sample": "{epoch}번째 epoch 진행 중 ------- {step}번째 step 결과",
        "probe": "고정 문장 {number}번 ------- {step}번째 step까지 학습한 결과",
        "original": "원본 문장",
        "fake": "가짜 문장",
        "counts": "{tokens}개 토큰 중 {wrong}개 예측 실패 -------- "
                  "{fakes}개 가짜 토큰 중 {caught}개 판별",
        "position": "문장 위치",
        "real_token": "실제 토큰",
        "fake_token": "(가짜)토큰",
        "actual": "실제",
        "predicted": "예측",
        "correct": "정답",
        "right": "O",
        "wrong": "X",
        "rates": "토큰의 비율",
        "evaluation": "평가",
        "step": "step",
        "step_of": "step {step}/{total}",
        "speed": "{speed} 토큰/초",
        "lost": "{server} 연결이 끊어졌습니다. {seconds:.1f}초 안에 다시 연결합니다",
        "model": "모델: {path}",
        "states": {"QUEUED": "대기", "PREPARING": "준비", "RUNNING": "학습", "SUCCEEDED": "완료",
                   "FAILED": "실패", "CANCELLED": "취소", "PAUSED": "일시 정지"},
    },
}


def labels(language: str | None = None) -> Words:
    """The words in "en" or "ko"; None: by ELECTRA_LANG, else by the locale."""
    if language is None:
        language = os.environ.get("ELECTRA_LANG") or (
            "ko" if (locale.getlocale()[0] or "").lower().startswith("ko") else "en")
    if language not in LABELS:
        raise ValueError(f"there is no language {language!r}: choose en or ko")
    return LABELS[language]
