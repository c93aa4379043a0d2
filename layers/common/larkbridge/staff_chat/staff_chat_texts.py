"""What the staff's chat reads."""

ALARM_TITLE = "⚠️ Có cảnh báo"
ALARM_COLOUR = "red"
ENDED_TITLE = "✅ Đã trở lại bình thường"
ENDED_COLOUR = "green"
ALARM_TEXT = "{description}\n\nLúc {time}.\nTên cảnh báo: {name}\nCách xử lý có trong tài liệu vận hành."
ONCE_A_DAY = "Cảnh báo này chỉ hiện ở đây nhiều nhất một lần mỗi ngày."
