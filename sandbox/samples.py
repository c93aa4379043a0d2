"""One filled-in form of each kind, of families that do not exist."""

from typing import Any

_PARENT = {"parentName": "Nguyễn Thị Hà", "parentPhone": "0912 345 678", "consent": True}
_STUDENT = _PARENT | {
    "studentName": "Nguyễn Minh An",
    "className": "Mầm 3A",
    "reason": "Gia đình về quê ăn Tết",
}

FORMS: dict[str, dict[str, Any]] = {
    "student-info": _PARENT | {"studentName": "Trần Đức Bảo", "dateOfBirth": "2017-05-04", "grade": "Lớp 3"},
    "leave-request": _STUDENT | {"leaveFrom": "2026-09-07", "leaveTo": "2026-09-11"},
    "transfer": _STUDENT
    | {"remainingSessions": 12, "recipientName": "Lê Gia Huy", "recipientPhone": "+84 28 3822 1234"},
    "hold": _STUDENT | {"holdFrom": "2026-10-01", "holdUntil": "2027-01-31"},
    "change": _PARENT
    | {
        "studentName": "Phạm Khánh Chi",
        "currentClass": "Chồi 2B",
        "requestedClass": "Lá 1C",
        "effectiveDate": "2026-10-05",
        "reason": "Trùng lịch học bơi",
    },
}

ROUTES = {
    "student-info": "/phieu-thong-tin-hoc-vien",
    "leave-request": "/phieu-nghi-phep",
    "transfer": "/phieu-chuyen-nhuong",
    "hold": "/phieu-bao-luu",
    "change": "/phieu-chuyen-doi",
}
