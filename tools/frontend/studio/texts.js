/* Texts of bpmn-js itself: Russian from bpmn-js-i18n where it has them, ours for Kyrgyz and for what we call differently. */
import russian from "bpmn-js-i18n/translations/ru";

const RU = {
  "Create user task": "Создать шаг человека", "Create service task": "Создать операцию", "Create exclusive gateway": "Создать решение",
  "Create parallel gateway": "Создать параллельные пути", "Create timer": "Создать таймер", "Create text annotation": "Создать заметку",
  "Append user task": "Добавить шаг человека", "Append service task": "Добавить операцию", "Append gateway": "Добавить решение",
  "Append end event": "Добавить конец", "Create start event": "Создать начало", "Create end event": "Создать конец",
  "User task": "Шаг человека", "Service task": "Операция", "Exclusive gateway": "Решение", "Parallel gateway": "Параллельные пути",
  "Start event": "Начало", "End event": "Конец", "Timer intermediate catch event": "Таймер на пути", "Timer boundary event": "Таймер шага, прерывает",
  "Timer boundary event (non-interrupting)": "Таймер шага, не прерывает", "Sequence flow": "Переход", "Default flow": "Иначе", "Text annotation": "Заметка",
  "Conditional flow": "Ветвь с условием", "Expanded pool": "Процесс", "Empty pool": "Процесс", "Lane": "Дорожка", "Pool": "Процесс", "Participant": "Процесс", "Process": "Процесс", "Collaboration": "Процесс", "Create element": "Создать элемент",
  "Append element": "Добавить элемент", "Add text annotation": "Добавить заметку", "Change element": "Изменить вид", "Change type": "Изменить вид",
  "Search in diagram": "Найти на схеме", "Search": "Поиск", "Delete": "Удалить", "Connect to other element": "Соединить с другим элементом",
  "Connect using association": "Соединить с заметкой", "Tasks": "Шаги", "Events": "События", "Gateways": "Решения", "Toggle minimap": "Обзор",
  "Open minimap": "Открыть обзор", "Close minimap": "Закрыть обзор", "No matching entries found": "Ничего не найдено", "Search results": "Найдено",
};
const KY = {
  "Activate hand tool": "Схеманы жылдыруу", "Activate lasso tool": "Бир нечесин тандоо", "Activate create/remove space tool": "Орун ачуу же кысуу",
  "Activate global connect tool": "Байланыштыруу", "Create user task": "Адамдын кадамын түзүү", "Create service task": "Операция түзүү",
  "Create exclusive gateway": "Чечим түзүү", "Create parallel gateway": "Катарлаш жолдорду түзүү", "Create timer": "Таймер түзүү",
  "Create text annotation": "Эскертме түзүү", "Create start event": "Башталыш түзүү", "Create end event": "Аягын түзүү", "Create element": "Элемент түзүү",
  "Append element": "Элемент улоо", "Append user task": "Адамдын кадамын улоо", "Append service task": "Операция улоо", "Append gateway": "Чечим улоо",
  "Append end event": "Аягын улоо", "Add text annotation": "Эскертме кошуу", "Change element": "Түрүн өзгөртүү", "Change type": "Түрүн өзгөртүү",
  "Connect to other element": "Башка элемент менен байланыштыруу", "Connect using association": "Эскертме менен байланыштыруу", "Delete": "Өчүрүү",
  "Add lane above": "Үстүнө тилке кошуу", "Add lane below": "Астына тилке кошуу", "Divide into two lanes": "Экиге бөлүү", "Divide into three lanes": "Үчкө бөлүү",
  "User task": "Адамдын кадамы", "Service task": "Операция", "Exclusive gateway": "Чечим", "Parallel gateway": "Катарлаш жолдор", "Start event": "Башталыш",
  "End event": "Аягы", "Timer intermediate catch event": "Жолдогу таймер", "Timer boundary event": "Кадамдын таймери, үзөт",
  "Timer boundary event (non-interrupting)": "Кадамдын таймери, үзбөйт", "Sequence flow": "Өтүү", "Default flow": "Болбосо", "Text annotation": "Эскертме",
  "Conditional flow": "Шарттуу бутак", "Expanded pool": "Процесс", "Empty pool": "Процесс", "Lane": "Тилке", "Pool": "Процесс", "Participant": "Процесс", "Process": "Процесс", "Collaboration": "Процесс", "Tasks": "Кадамдар", "Events": "Окуялар",
  "Gateways": "Чечимдер", "Search in diagram": "Схемадан издөө", "Search": "Издөө", "Toggle minimap": "Сереп", "Open minimap": "Серепти ачуу",
  "Close minimap": "Серепти жабуу", "Align elements": "Түздөө", "Align elements left": "Сол жагынан түздөө", "Align elements right": "Оң жагынан түздөө",
  "Align elements center": "Туурасынан ортолоо", "Align elements top": "Үстүнөн түздөө", "Align elements bottom": "Астынан түздөө",
  "Align elements middle": "Бийиктигинен ортолоо", "Distribute elements horizontally": "Туурасынан тең жайгаштыруу",
  "Distribute elements vertically": "Тигинен тең жайгаштыруу", "Select elements to show their properties.": "Сапаттарын көрүү үчүн элемент тандаңыз.",
  "Multiple elements are selected. Select a single element to edit its properties.": "Бир нече элемент тандалган. Сапаттарын өзгөртүү үчүн бирин тандаңыз.",
  "Select an element to edit its properties.": "Сапаттарын өзгөртүү үчүн элемент тандаңыз.", "No matching entries found": "Эч нерсе табылган жок",
  "Nothing found": "Эч нерсе табылган жок", "Feedback": "Пикир",
  "Multiple elements selected. Select a single element to edit its properties.": "Бир нече элемент тандалган. Сапаттарын өзгөртүү үчүн бирин тандаңыз.",
};
const RU_OWN_PANEL = {
  "Select an element to edit its properties.": "Выберите элемент, чтобы изменить его свойства.",
  "Multiple elements selected. Select a single element to edit its properties.": "Выбрано несколько элементов. Выберите один, чтобы изменить его свойства.",
  "Multiple elements are selected. Select a single element to edit its properties.": "Выбрано несколько элементов. Выберите один, чтобы изменить его свойства.",
};
const EN = {
  "User task": "Step of a person", "Service task": "Operation", "Exclusive gateway": "Decision", "Parallel gateway": "Parallel paths",
  "Create user task": "Create a step of a person", "Create service task": "Create an operation", "Create exclusive gateway": "Create a decision",
  "Create parallel gateway": "Create parallel paths", "Append user task": "Append a step of a person", "Append service task": "Append an operation",
  "Append gateway": "Append a decision", "Expanded pool": "Process", "Collaboration": "Process", "Participant": "Process", "Sequence flow": "Flow", "Conditional flow": "Branch with a condition", "Default flow": "Otherwise",
};
const TEXTS = { ky: KY, ru: { ...russian, ...RU, ...RU_OWN_PANEL }, en: EN };

/* The panel writes "User Task" where the menus write "User task". */
const plain = (text) => text.toLowerCase().replace(/-/g, " ");

export function translator(locale) {
  const texts = new Map(Object.entries(TEXTS[locale] ?? EN).map(([key, text]) => [plain(key), text]));
  return function translate(template, replacements = {}) {
    const text = texts.get(plain(template)) ?? template;
    return text.replace(/{([^}]+)}/g, (_whole, key) => replacements[key] ?? `{${key}}`);
  };
}
